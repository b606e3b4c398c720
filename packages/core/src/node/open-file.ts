import type { Stats } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { FileFormatError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';

/** Node refuses to read more than 2³¹ - 1 bytes at once. */
const largestRead = 2 ** 30;

/**
 * A file that can be read at any position, also several times at once. It is open only during a read, so that tensors
 * may wait in it for as long as they like: there is nothing to close.
 *
 * @throws the error of Node when the file cannot be read; FileFormatError when it is not a regular file, and from a
 * read when its size has changed since.
 */
export async function openFile(path: string): Promise<ByteSource> {
  const { size } = await withFile(path, regularFileStats);
  return {
    name: path,
    // Engines that map files refuse a link that leads out of its folder, as every file in the cache of a hub is.
    path: await realpath(path),
    size,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        const range = `bytes ${offset} to ${offset + length}`;
        return Promise.reject(new RangeError(`${path}: ${range} lie outside its ${size} bytes`));
      }
      return withFile(path, async (handle) => {
        const now = (await regularFileStats(handle)).size;
        if (now !== size) {
          throw new FileFormatError(path, `it had ${size} bytes when it was opened and has ${now} now`);
        }
        return readRange(path, handle, offset, length);
      });
    },
  };

  async function regularFileStats(handle: FileHandle): Promise<Stats> {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new FileFormatError(path, 'this is not a regular file');
    return stats;
  }
}

async function withFile<Result>(path: string, use: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  const handle = await open(path, 'r');
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

async function readRange(
  path: string,
  handle: FileHandle,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const wanted = Math.min(length - filled, largestRead);
    const { bytesRead } = await handle.read(bytes, filled, wanted, offset + filled);
    if (bytesRead === 0)
      throw new FileFormatError(path, `it ends at ${offset + filled} while it is being read`);
    filled += bytesRead;
  }
  return bytes;
}
