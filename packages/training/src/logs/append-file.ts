import { type FileHandle, open } from 'node:fs/promises';

/** A file that grows at its end, and that can be cut back to where it was at some time. */
export class AppendFile {
  readonly #handle: FileHandle;
  #length: number;

  private constructor(handle: FileHandle, length: number) {
    this.#handle = handle;
    this.#length = length;
  }

  /** @param length what is beyond so many bytes is cut off. A shorter file stays as it is. */
  static async open(path: string, length: number): Promise<AppendFile> {
    // Appending would ignore where the file was cut while others hold it open, so positions are explicit.
    const handle = await open(path, length === 0 ? 'w' : 'r+').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return open(path, 'w');
    });
    const kept = Math.min((await handle.stat()).size, length);
    await handle.truncate(kept);
    return new AppendFile(handle, kept);
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.byteLength; ) {
      const { bytesWritten } = await this.#handle.write(bytes, written, undefined, this.#length);
      written += bytesWritten;
      this.#length += bytesWritten;
    }
  }

  /** Sees to it that everything reaches the disk. @returns the length in bytes. */
  async sync(): Promise<number> {
    await this.#handle.sync();
    return this.#length;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
