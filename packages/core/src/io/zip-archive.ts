import type { FileEntry } from '@zip.js/zip.js';
import { FileFormatError } from '../errors.js';
import { type ByteRegion, regionOf } from './byte-region.js';
import type { ByteSource } from './byte-source.js';

/** One file inside a zip archive. */
export interface ZipMember extends ByteRegion {
  readonly name: string;
  /** All of it, verified against its checksum. `read` verifies that only for compressed members. */
  readAll(): Promise<Uint8Array>;
  /** The first `length` bytes, or all when there are fewer, without decompressing the rest. */
  readStart(length: number): Promise<Uint8Array>;
}

/** No deflate stream expands further than this; a member that claims to is lying about its size. */
const largestExpansion = 1032;

/**
 * Opens a zip archive: reads its directory and checks every member's own header against it. Members may be
 * stored or deflated.
 *
 * @throws FileFormatError when the archive is truncated, inconsistent, ambiguous or encrypted.
 */
export async function openZip(source: ByteSource): Promise<ReadonlyMap<string, ZipMember>> {
  // Loaded here, so that a program which reads only safetensors never does.
  const zip = await import('@zip.js/zip.js/lib/zip-core-native.js');
  let readFailure: unknown;

  class SourceReader extends zip.Reader<ByteSource> {
    override size = source.size;
    override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
      const end = Math.min(offset + length, source.size);
      if (offset < 0 || offset >= end) return new Uint8Array(0);
      try {
        return await source.read(offset, end - offset);
      } catch (error) {
        readFailure ??= error;
        throw error;
      }
    }
  }

  async function guarded<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof FileFormatError) throw error;
      // A source that cannot be read says nothing about the format.
      if (readFailure !== undefined) throw readFailure;
      throw new FileFormatError(source.name, `${what}: ${describe(error)}`, { cause: error });
    }
  }

  const reader = new zip.ZipReader(new SourceReader(source), { useWebWorkers: false, checkCrc32: true });
  const entries = await guarded('the zip archive cannot be opened', () => reader.getEntries());
  const members = new Map<string, ZipMember>();
  for (const entry of entries) {
    if (entry.directory) continue;
    const what = `member ${JSON.stringify(entry.filename)} of the zip archive cannot be read`;
    if (members.has(entry.filename)) {
      throw new FileFormatError(
        source.name,
        `the zip archive has two members called ${JSON.stringify(entry.filename)}`,
      );
    }
    const region = await guarded(what, () => locate(entry, source));
    const collect = (length: number) => guarded(what, () => inflateStart(entry, length));
    members.set(entry.filename, {
      name: entry.filename,
      size: entry.uncompressedSize,
      ...region,
      read:
        region?.read ??
        (async (offset, length) => (await collect(entry.uncompressedSize)).subarray(offset, offset + length)),
      readAll: () => collect(entry.uncompressedSize),
      readStart: (length) => collect(Math.min(length, entry.uncompressedSize)),
    });
  }
  return members;
}

/** Checks a member's own header. Gives its bytes in the file if they are not compressed there. */
async function locate(entry: FileEntry, source: ByteSource): Promise<ByteRegion | undefined> {
  await entry.getData(new WritableStream(), { checkOverlappingEntryOnly: true, checkLocalFilename: true });
  const local = entry.localDirectory;
  if (local === undefined) throw new Error('it has no header of its own');
  if (local.bitFlag.dataDescriptor && local.dataDescriptor === undefined) {
    throw new Error('the sizes that should follow its data are missing');
  }
  if (entry.compressionMethod !== 0) {
    if (entry.uncompressedSize <= entry.compressedSize * largestExpansion) return undefined;
    throw new Error(`${entry.compressedSize} compressed bytes cannot hold ${entry.uncompressedSize}`);
  }
  if (entry.uncompressedSize !== entry.compressedSize) {
    throw new Error(
      `it is not compressed, but its sizes ${entry.compressedSize} and ${entry.uncompressedSize} differ`,
    );
  }
  return regionOf({ source, offset: local.dataOffset, length: entry.uncompressedSize });
}

/** Decompresses the first `length` bytes; all of them when that is the size, with the checksum verified. */
async function inflateStart(entry: FileEntry, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  const enough = new AbortController();
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      const part = chunk.subarray(0, length - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (filled === length && length < entry.uncompressedSize) enough.abort();
    },
  });
  try {
    await entry.getData(sink, { signal: enough.signal });
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  }
  return bytes;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'reason' in error ? `${error.message}, ${error.reason}` : error.message;
}
