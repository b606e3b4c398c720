import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from './sync-folder.js';

/**
 * Writes a file so that its name always refers to a whole file: the bytes go to a temporary file in the same
 * folder, reach the disk, and take the name of the old file at once. On failure the temporary file is removed
 * and the old file is as it was.
 *
 * @param chunks all the bytes, or pieces of them in order.
 */
export async function writeFileAtomic(
  path: string,
  chunks: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
  const handle = await open(temporary, 'wx');
  try {
    try {
      for await (const chunk of chunks instanceof Uint8Array ? [chunks] : chunks) {
        for (let written = 0; written < chunk.byteLength; ) {
          written += (await handle.write(chunk, written)).bytesWritten;
        }
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
