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

/** What a plugin has as its default export: this, or the descriptor of a generator alone. */
export interface Plugin {
  readonly generator?: GeneratorDescriptor;
  readonly sampler?: AnySampler;
}

/**
 * Loads a plugin and makes its generator and its sampler usable by their names.
 *
 * @param source the name of an npm package, or the path of a module: absolute, or beginning with a dot.
 * @throws ArgumentError when there is no such module, or it is no plugin.
 */
export async function loadPlugin(source: string): Promise<void> {
  const loaded = (await importModule(source)) as { readonly default?: Plugin | GeneratorDescriptor };
  const plugin = loaded.default;
  if (typeof plugin === 'object' && plugin !== null) {
    const { generator, sampler }: Plugin = 'create' in plugin ? { generator: plugin } : plugin;
    if (generator !== undefined) registerGenerator(generator);
    if (sampler !== undefined) registerSampler(sampler);
    if (generator !== undefined || sampler !== undefined) return;
  }
  throw new ArgumentError(
    `${source} is no plugin: its default export must be { generator, sampler }, or the descriptor of a generator`,
  );
}

/** Loads the plugin that a saved pipeline names for a generator, unless that is registered already. */
export async function loadPluginFor(className: string, module: string | undefined): Promise<void> {
  if (module === undefined || generatorNames().includes(className)) return;
  await loadPlugin(module);
  if (generatorNames().includes(className)) return;
  throw new ArgumentError(
    `the package ${module} registers no generator "${className}"; there are ${generatorNames().join(', ')}`,
  );
}

async function importModule(source: string): Promise<unknown> {
  if (isAbsolute(source) || source.startsWith('.')) {
    return importAt(source, pathToFileURL(resolve(source)).href);
  }
  const fromProject = resolveFromProject(source);
  return importAt(source, fromProject === undefined ? source : pathToFileURL(fromProject).href);
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
