import { open } from 'node:fs/promises';
import { FileFormatError } from '../errors.js';
import type { ByteSource } from '../io/byte-source.js';

/** Node refuses to read more than 2³¹ - 1 bytes at once. */
const largestRead = 2 ** 30;

/**
 * Opens a file for reading at any position. Reads may run at the same time. Call `close()` when done.
 *
 * @throws the error of Node when the file cannot be opened; FileFormatError when it is not a regular file, and
 * from a read when the file has become shorter than it was.
 */
export async function openFile(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const handle = await open(path, 'r');
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new FileFormatError(path, 'this is not a regular file');
    const { size } = stats;
    return {
      name: path,
      path,
      size,
      close: () => handle.close(),
      async read(offset, length) {
        if (offset < 0 || length < 0 || offset + length > size) {
          throw new RangeError(
            `${path}: bytes ${offset} to ${offset + length} lie outside its ${size} bytes`,
          );
        }
        const bytes = new Uint8Array(length);
        for (let filled = 0; filled < length; ) {
          const wanted = Math.min(length - filled, largestRead);
          const { bytesRead } = await handle.read(bytes, filled, wanted, offset + filled);
          if (bytesRead === 0) {
            throw new FileFormatError(
              path,
              `it had ${size} bytes when it was opened and ends at ${offset + filled} now`,
            );
          }
          filled += bytesRead;
        }
        return bytes;
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
