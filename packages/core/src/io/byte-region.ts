import type { ByteRange } from './byte-source.js';

/** Consecutive bytes of a file that belong together: the elements of a tensor, a member of an archive. */
export interface ByteRegion {
  readonly size: number;
  /** Where they lie in the file, unless they are compressed there. */
  readonly range?: ByteRange;
  /** Bytes from `offset`, counted from the start of the region. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A region whose bytes lie in the file as they are. */
export function regionOf(range: ByteRange): ByteRegion {
  return {
    size: range.length,
    range,
    read: (offset, length) => range.source.read(range.offset + offset, length),
  };
}
