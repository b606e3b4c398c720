import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { isFolder } from './path-kind.js';

/** Models that are npm packages: their names, the package, and the folder in it. */
const bundled: Readonly<Record<string, { readonly package: string; readonly folder: string }>> = {
  'emoji-sit': { package: '@softvq/models-emoji', folder: 'sit' },
  'emoji-dit': { package: '@softvq/models-emoji', folder: 'dit' },
  'emoji-mar': { package: '@softvq/models-emoji', folder: 'mar' },
  'emoji-tokenizer': { package: '@softvq/models-emoji', folder: 'tokenizer' },
};

/** The names of models that come as npm packages. */
export const bundledNames: readonly string[] = Object.keys(bundled);

/**
 * The folder of a model that is an npm package, or undefined for what is no name of one.
 *
 * @throws ArgumentError when its package is not installed.
 */
export async function findBundled(name: string): Promise<string | undefined> {
  const model = bundled[name];
  if (model === undefined) return undefined;
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    const description = resolveFrom(from, `${model.package}/package.json`);
    if (description === undefined) continue;
    const folder = join(dirname(description), model.folder);
    if (await isFolder(folder)) return folder;
  }
  throw new ArgumentError(`${name} comes with the package ${model.package}: npm install ${model.package}`);
}

function resolveFrom(from: string, specifier: string): string | undefined {
  try {
    return createRequire(from).resolve(specifier);
  } catch {
    return undefined;
  }
}
