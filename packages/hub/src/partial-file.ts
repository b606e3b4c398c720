import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HubError } from './hub-error.js';
import type { HubFile } from './hub-repository.js';
import type { ReportProgress } from './progress.js';

/** The beginning of a file that is being downloaded, with the hash of what is there. */
export class PartialFile {
  readonly #path: string;
  readonly #file: HubFile;
  readonly #handle: FileHandle;
  #hash: Hash;
  #position = 0;

  private constructor(path: string, file: HubFile, handle: FileHandle) {
    this.#path = path;
    this.#file = file;
    this.#handle = handle;
    this.#hash = startHash(file);
  }

  /** Opens what an interrupted download left, if anything, and reads it for its hash. */
  static async open(
    path: string,
    file: HubFile,
    { signal, report }: { readonly signal: AbortSignal | undefined; readonly report: ReportProgress },
  ): Promise<PartialFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    const partial = new PartialFile(path, file, handle);
    try {
      await partial.#readBack(signal, report);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return partial;
  }

  /** How many bytes of the file are there. */
  get position(): number {
    return this.#position;
  }

  /** @throws HubError when the disk has no room for the rest. */
  async requireSpace(): Promise<void> {
    const missing = this.#file.size - this.#position;
    const { blocks, bavail, bsize } = await statfs(dirname(this.#path));
    // Some file systems on a network tell nothing about their size.
    if (blocks > 0 && missing > bavail * bsize) throw this.#diskFull(`and ${bavail * bsize} are free`);
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    for (let written = 0; written < chunk.byteLength; ) {
      try {
        const length = chunk.byteLength - written;
        written += (await this.#handle.write(chunk, written, length, this.#position + written)).bytesWritten;
      } catch (error) {
        if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        throw this.#diskFull('and no more can be written', error);
      }
    }
    this.#position += chunk.byteLength;
  }

  /** Begins anew. */
  async clear(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = startHash(this.#file);
    this.#position = 0;
  }

  /** Whether the whole file is there as the hub announced it, also after a power failure. Ends the hash. */
  async isComplete(): Promise<boolean> {
    if (this.#hash.digest('hex') !== this.#file.hash.hex) return false;
    await this.#handle.sync();
    return true;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #readBack(signal: AbortSignal | undefined, report: ReportProgress): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > this.#file.size) return this.clear();
    if (size === 0) return;
    const stored = createReadStream(this.#path, {
      end: size - 1,
      highWaterMark: 2 ** 20,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      for await (const chunk of stored as AsyncIterable<Uint8Array>) {
        this.#hash.update(chunk);
        this.#position += chunk.byteLength;
        report('verifying', this.#position);
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  #diskFull(why: string, cause?: unknown): HubError {
    const { path, repository, size } = this.#file;
    return new HubError(
      'disk-full',
      `${path} of ${repository} needs ${size - this.#position} more bytes in ${dirname(this.#path)}, ${why}. Make ` +
        'room, or name another folder by HF_HUB_CACHE or the option cacheFolder; what has arrived is kept',
      { repository, file: path, cause },
    );
  }
}

function startHash({ hash, size }: HubFile): Hash {
  return hash.kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}
