import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnySampler, ArgumentError } from '@softvq/core';
import {
  type GeneratorDescriptor,
  generatorNames,
  registerGenerator,
  registerSampler,
} from '@softvq/generators';
import { registerTokenizer, type TokenizerDescriptor, tokenizerNames } from '@softvq/tokenizer';
import type { SavedPart } from '../pipeline/pipeline-config.js';

/** What a plugin has as its default export: this, or the descriptor of a generator alone. */
export interface Plugin {
  readonly tokenizer?: TokenizerDescriptor;
  readonly generator?: GeneratorDescriptor;
  readonly sampler?: AnySampler;
}

/**
 * Loads a plugin and makes its tokenizer, its generator and its sampler usable by their names.
 *
 * @param source the name of an npm package, or the path of a module: absolute, or beginning with a dot.
 * @throws ArgumentError when there is no such module, or it is no plugin.
 */
export async function loadPlugin(source: string): Promise<void> {
  const loaded = (await importModule(source)) as { readonly default?: Plugin | GeneratorDescriptor };
  const plugin = loaded.default;
  if (typeof plugin === 'object' && plugin !== null) {
    const parts: Plugin = 'create' in plugin ? { generator: plugin } : plugin;
    const { tokenizer, generator, sampler } = parts;
    if (tokenizer !== undefined) registerTokenizer(tokenizer);
    if (generator !== undefined) registerGenerator(generator);
    if (sampler !== undefined) registerSampler(sampler);
    note(source, parts);
    if (tokenizer !== undefined || generator !== undefined || sampler !== undefined) return;
  }
  throw new ArgumentError(
    `${source} is no plugin: its default export must be { tokenizer, generator, sampler }, any of them, or the descriptor of a generator`,
  );
}

/** The packages that plugins came from, by what they registered. */
const packages = { tokenizer: new Map<string, string>(), generator: new Map<string, string>() };

function note(source: string, { tokenizer, generator }: Plugin): void {
  // A saved pipeline must not name files of a machine.
  if (isPath(source)) return;
  if (tokenizer !== undefined) packages.tokenizer.set(tokenizer.name, source);
  if (generator !== undefined) packages.generator.set(generator.name, source);
}

/** The npm package that `loadPlugin` had a part from, for pipelines that are saved with it. */
export function packageOf(kind: 'tokenizer' | 'generator', name: string): string | undefined {
  return packages[kind].get(name);
}

const namesOf = { tokenizer: tokenizerNames, generator: generatorNames };

/** Loads the plugin that a saved pipeline names for a part, unless that is registered already. */
export async function loadPluginFor(
  kind: 'tokenizer' | 'generator',
  { className, module }: SavedPart,
): Promise<void> {
  const names = namesOf[kind];
  if (module === undefined || names().includes(className)) return;
  await loadPlugin(module);
  if (names().includes(className)) return;
  throw new ArgumentError(
    `the package ${module} registers no ${kind} "${className}"; there are ${names().join(', ')}`,
  );
}

async function importModule(source: string): Promise<unknown> {
  if (isPath(source)) {
    return importAt(source, pathToFileURL(resolve(source)).href);
  }
  const fromProject = resolveFromProject(source);
  return importAt(source, fromProject === undefined ? source : pathToFileURL(fromProject).href);
}

function isPath(source: string): boolean {
  return isAbsolute(source) || source.startsWith('.');
}

async function importAt(source: string, specifier: string): Promise<unknown> {
  try {
    return await import(specifier);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const advice = specifier === source ? `install it: npm install ${source}` : 'check the path';
    throw new ArgumentError(`the plugin ${source} cannot be loaded; ${advice}`, { cause });
  }
}

/** Where the project that runs has a package, which need not be where this one is installed. */
function resolveFromProject(name: string): string | undefined {
  try {
    return createRequire(join(process.cwd(), 'package.json')).resolve(name);
  } catch {
    return undefined;
  }
}
