import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HubOptions } from './hub-options.js';
import { resolveModelFolder } from './resolve-model-folder.js';

export interface ResolveModelFilesOptions extends HubOptions {
  /** Whether the `config.json` is needed, too. */
  readonly withConfig: boolean;
}

/** Where the parts of a model are. */
export interface ModelFiles {
  /** The weights: a file, or a folder with `model.safetensors` or its shards. */
  readonly weights: string;
  /** The folder of the config. */
  readonly folder: string;
}

/**
 * Finds the files of a model that is named as people name them: a file of weights with its config beside it, or whatever
 * `resolveModelFolder` takes.
 *
 * @throws everything that `resolveModelFolder` throws.
 */
export async function resolveModelFiles(
  source: string,
  { withConfig, ...hub }: ResolveModelFilesOptions,
): Promise<ModelFiles> {
  hub.signal?.throwIfAborted();
  if (await isFile(source)) return { weights: source, folder: dirname(source) };
  const files = [...(withConfig ? ['config.json'] : []), 'model.safetensors'];
  const folder = await resolveModelFolder(source, { ...hub, files });
  return { weights: folder, folder };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    // A hub id is no path; what is neither is refused when it is resolved.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
