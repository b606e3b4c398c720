import { FileFormatError } from '../../errors.js';
import type { ByteSource } from '../byte-source.js';
import type { PickleValue } from '../pickle/value.js';
import { readLegacyFormat } from './legacy-format.js';
import { readZipFormat } from './zip-format.js';

/** What `torch.save` wrote. */
export interface PyTorchFile {
  /** The saved object; see `PickleValue` for how Python's types appear. Tensors are read when asked for. */
  readonly value: PickleValue;
  /** Closes the source; its tensors cannot be read afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a PyTorch checkpoint (.pt, .pth, .bin, .ckpt), in the zip format or the one before version 1.6. Such a
 * file is a Python pickle, a program that can do anything; here it can only name what is on an allow-list of
 * containers, tensors and numpy arrays, and nothing in it is executed.
 *
 * The checksums of stored tensors are not verified, so that reading one does not mean reading all.
 *
 * @throws UnsafePickleError naming what is not on the list. FileFormatError when the file is malformed.
 */
export async function openPyTorch(source: ByteSource): Promise<PyTorchFile> {
  const start = await source.read(0, Math.min(4, source.size));
  const read = startsWith(start, [0x50, 0x4b, 0x03, 0x04]) ? readZipFormat : readLegacyFormat;
  if (read === readLegacyFormat && !startsWith(start, [0x80])) {
    throw new FileFormatError(
      source.name,
      'this is no PyTorch checkpoint: it begins neither as a zip archive nor as a pickle',
    );
  }
  return { value: await read(source), close: async () => source.close?.() };
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
