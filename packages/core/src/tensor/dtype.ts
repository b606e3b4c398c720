import { ArgumentError, DTypeError } from '../errors.js';

/** Element types. `float16` travels as raw bits in a `Uint16Array`, `bool` as 0 and 1 in a `Uint8Array`. */
export type DType = 'float32' | 'float16' | 'float64' | 'int32' | 'int64' | 'uint8' | 'bool';

/** The host array of each element type. */
export interface HostArrays {
  float32: Float32Array;
  float16: Uint16Array;
  float64: Float64Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export type HostArray = HostArrays[DType];

/** Element data with its meaning: what a file holds and what a backend uploads. */
export interface HostTensor<D extends DType = DType> {
  readonly dtype: D;
  /** Sizes of the axes, outermost first. `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Row-major elements; its length is the product of `shape`. */
  readonly data: HostArrays[D];
}

const bytes: Record<DType, number> = {
  float32: 4,
  float16: 2,
  float64: 8,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
};

const constructors: {
  [D in DType]: {
    new (length: number): HostArrays[D];
    new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): HostArrays[D];
  };
} = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

export const dtypes = Object.keys(bytes) as readonly DType[];

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return bytes[dtype];
}

export function isFloating(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'float64';
}

export function isInteger(dtype: DType): boolean {
  return dtype === 'int32' || dtype === 'int64' || dtype === 'uint8';
}

/** A zeroed host array for `length` elements. */
export function allocate<D extends DType>(dtype: D, length: number): HostArrays[D] {
  return new constructors[dtype](length);
}

/**
 * Reads bytes as elements. Shares memory where the alignment allows and copies otherwise.
 *
 * @throws ArgumentError when the byte count is not a multiple of the element size.
 */
export function viewBytes<D extends DType>(dtype: D, raw: Uint8Array): HostArrays[D] {
  const size = bytes[dtype];
  if (raw.byteLength % size !== 0) {
    throw new ArgumentError(
      `${raw.byteLength} bytes are not a whole number of ${dtype} elements of ${size} bytes`,
    );
  }
  const aligned = raw.byteOffset % size === 0 ? raw : raw.slice();
  return new constructors[dtype](aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
}

/** The bytes of a host array, shared with it. */
export function bytesOf(array: HostArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Throws unless `data` is the host array that `dtype` is stored in. */
export function assertHostArray(dtype: DType, data: HostArray): void {
  if (data.constructor !== constructors[dtype]) {
    throw new DTypeError(
      `${dtype} elements are stored in a ${constructors[dtype].name}, not in a ${data.constructor.name}`,
    );
  }
}
