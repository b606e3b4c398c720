import type { DType, HostTensor } from '../tensor/dtype.js';
import type { ByteRange } from './byte-source.js';

/** A tensor as a file holds it: described, and read only when asked for. */
export interface StoredTensor {
  /** The element type that `read()` gives. */
  readonly dtype: DType;
  /**
   * The element type in the file, which reading converts where it is not `dtype`: `bfloat16` exists only there and is
   * widened to float32.
   */
  readonly storedAs: DType | 'bfloat16';
  readonly shape: readonly number[];
  /**
   * Where its elements lie as one contiguous, row-major, little-endian run of `storedAs` elements, if they do.
   * An engine may map this range instead of reading it, and convert the elements itself.
   */
  readonly range?: ByteRange;
  /** Reads the elements into memory of their own. */
  read(): Promise<HostTensor>;
}
