import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FileFormatError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';
import { openNpz } from '../io/numpy/npz.js';
import { openPyTorch } from '../io/pytorch/open.js';
import { selectStateDict } from '../io/pytorch/state-dict.js';
import { openSafetensors } from '../io/safetensors/read.js';
import { openShardedSafetensors } from '../io/safetensors/read-sharded.js';
import type { TensorFile } from '../io/tensor-file.js';
import { openFile } from './open-file.js';

/** What a folder may hold, best first. */
const fileNames = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];

/**
 * Opens the weights of a model, whatever they are kept in: a folder as on the Hugging Face hub, a .safetensors
 * file, the .index.json of a sharded one, an .npz file, or a PyTorch checkpoint.
 *
 * @param options.entry which state dictionary of a PyTorch checkpoint, when it holds several: 'ema', 'model'.
 * @throws FileFormatError, UnsafePickleError or StateDictError, as the readers of these formats do.
 */
export async function openCheckpoint(path: string, options: { entry?: string } = {}): Promise<TensorFile> {
  const file = (await stat(path)).isDirectory() ? await findWeights(path) : path;
  return openAny(await openFile(file), file, options);
}

async function openAny(source: ByteSource, file: string, options: { entry?: string }): Promise<TensorFile> {
  if (file.endsWith('.safetensors')) return openSafetensors(source);
  if (file.endsWith('.index.json')) {
    return openShardedSafetensors(source, (fileName) => openFile(join(dirname(file), fileName)));
  }
  if (file.endsWith('.npz')) return openNpz(source);
  const { value, close } = await openPyTorch(source);
  return { metadata: Object.create(null), tensors: selectStateDict(value, options), close };
}

async function findWeights(folder: string): Promise<string> {
  const present = new Set(await readdir(folder));
  const found = fileNames.find((name) => present.has(name));
  if (found !== undefined) return join(folder, found);
  throw new FileFormatError(folder, `the folder has none of ${fileNames.join(', ')}`);
}
