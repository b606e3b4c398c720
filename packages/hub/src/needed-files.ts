import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { ArgumentError, FileFormatError } from '@softvq/core';
import { isInnerFileName } from './hub-id.js';
import type { RepositoryCache } from './repository-cache.js';

/** What a saved model consists of. */
export const modelFiles: readonly string[] = ['config.json', 'model.safetensors'];

export function checkFileNames(files: readonly string[]): void {
  if (files.length === 0) throw new ArgumentError('files must name one file of the repository at least');
  for (const file of files) {
    if (!isInnerFileName(file)) {
      throw new ArgumentError(
        `${JSON.stringify(file)} is no file of a repository: name it from its top folder, with slashes, as in ` +
          '"tokenizer/config.json"',
      );
    }
  }
}

/** The file that lists the shards, when these weights are split over several; undefined for what are no weights. */
export function indexOf(file: string): string | undefined {
  return file.endsWith('.safetensors') ? `${file}.index.json` : undefined;
}

/**
 * The shards that an index names, from the top folder.
 *
 * @throws FileFormatError when it is malformed or names something outside its folder.
 */
export async function readShards(folder: string, index: string): Promise<readonly string[]> {
  const path = join(folder, index);
  let weightMap: unknown;
  try {
    weightMap = (JSON.parse(await readFile(path, 'utf8')) as { weight_map?: unknown } | null)?.weight_map;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FileFormatError(path, `the index is no JSON: ${error.message}`, { cause: error });
  }
  if (typeof weightMap !== 'object' || weightMap === null) {
    throw new FileFormatError(path, 'the index has no weight_map from tensors to files');
  }
  return [...new Set(Object.values(weightMap))].sort().map((shard: unknown) => {
    if (isInnerFileName(shard) && !shard.includes('/')) return posix.join(posix.dirname(index), shard);
    throw new FileFormatError(path, `${JSON.stringify(shard)} is not the name of a file in the same folder`);
  });
}

/** The first of the files that the cache does not have, with all their shards; undefined when it has all. */
export async function findAbsent(
  cache: RepositoryCache,
  commit: string,
  files: readonly string[],
): Promise<string | undefined> {
  for (const file of files) {
    if (await cache.has(commit, file)) continue;
    const index = indexOf(file);
    if (index === undefined || !(await cache.has(commit, index))) return file;
    for (const shard of await readShards(cache.snapshot(commit), index)) {
      if (!(await cache.has(commit, shard))) return shard;
    }
  }
  return undefined;
}
