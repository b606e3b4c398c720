import { stat } from 'node:fs/promises';
import { ArgumentError } from '@softvq/core';
import { parseHubId } from './hub-id.js';
import type { HubOptions } from './hub-options.js';
import { checkFileNames, modelFiles } from './needed-files.js';

export interface ResolveModelFolderOptions extends HubOptions {
  /**
   * The files that are needed, from the top folder of the repository; by default `config.json` and
   * `model.safetensors`. For weights that are split over several files, their index and all shards are taken instead.
   */
  readonly files?: readonly string[];
}

/**
 * The folder with the files of a model: a local folder as it is, or one in the cache that all programs of the machine
 * share, into which the needed files of a repository on the Hugging Face hub are downloaded when they are not there.
 *
 * A file appears in the folder when its size and hash are those that the hub announced. An interrupted download is
 * resumed by the next call, in whatever process. A branch or a tag is looked up on the hub each time; when that cannot
 * be reached, it is what it was the last time.
 *
 * @param source a folder, or `owner/name` or `owner/name@revision` on the hub. A folder of that name goes first.
 * @throws ArgumentError when it is neither, or the files or the revision cannot be meant; HubError when a file cannot
 * be had, with the reason; FileFormatError for a malformed index of shards; the reason of the signal when it is aborted.
 */
export async function resolveModelFolder(
  source: string,
  { files = modelFiles, ...options }: ResolveModelFolderOptions = {},
): Promise<string> {
  options.signal?.throwIfAborted();
  checkFileNames(files);
  const kind = await kindOf(source);
  if (kind === 'folder') return source;
  if (kind === 'other') throw new ArgumentError(`${source} is a file, where the folder of a model is meant`);
  const id = parseHubId(source, options.revision);
  // Who loads local models only need not load the client of the hub.
  const { downloadModel } = await import('./download-model.js');
  return downloadModel(id, files, options);
}

async function kindOf(path: string): Promise<'folder' | 'other' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
