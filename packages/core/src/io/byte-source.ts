/**
 * Random access to bytes: a file, a blob, an HTTP resource. Readers take this, so that none of them
 * knows where its bytes come from. The implementation for files is in `@softvq/core/node`.
 */
export interface ByteSource {
  /** What messages call it: a path, a URL. */
  readonly name: string;
  /** Where an engine in the same process can map it itself, if it is a file. */
  readonly path?: string;
  /** Total bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; rejects when the range leaves the source. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close?(): Promise<void>;
}

/** A part of a source: where a tensor's bytes are before anybody reads them. */
export interface ByteRange {
  readonly source: ByteSource;
  readonly offset: number;
  readonly length: number;
}

/** Bytes that are already in memory, as a source. */
export function memorySource(bytes: Uint8Array, name = 'memory'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > bytes.byteLength) {
        throw new RangeError(
          `${name}: bytes ${offset} to ${offset + length} lie outside its ${bytes.byteLength} bytes`,
        );
      }
      return bytes.subarray(offset, offset + length);
    },
  };
}
