import { BackendError, type DType, float16ToFloat32, float32ToFloat16, type HostArray } from '@softvq/core';

/** Between the arrays that callers hold and the float64 that everything is computed in. */

/** Elements as float64. Shares memory where they are float64 already. */
export function toFloat64(dtype: DType, data: HostArray): Float64Array {
  switch (dtype) {
    case 'float64':
      return data as Float64Array;
    case 'float16':
      return new Float64Array(float16ToFloat32(data as Uint16Array));
    case 'int64':
      return Float64Array.from(data as BigInt64Array, (element) => exactInteger(Number(element)));
    default:
      return new Float64Array(data as Float32Array);
  }
}

/** Elements in the host array of their type, rounded to it. Shares memory where that is float64. */
export function fromFloat64(dtype: DType, values: Float64Array): HostArray {
  switch (dtype) {
    case 'float64':
      return values;
    case 'float32':
      return new Float32Array(values);
    case 'float16':
      return float32ToFloat16(new Float32Array(values));
    case 'int32':
      return new Int32Array(values);
    case 'int64':
      return BigInt64Array.from(values as unknown as Iterable<bigint>, BigInt);
    default:
      return new Uint8Array(values);
  }
}

/**
 * What arithmetic of a type does to a result: int32 and uint8 wrap around, floats keep all their digits.
 *
 * @throws BackendError for an int64 beyond 2^53, which float64 does not hold exactly.
 */
export function wrapperOf(dtype: DType): (value: number) => number {
  switch (dtype) {
    case 'int32':
      return (value) => value | 0;
    case 'uint8':
      return (value) => value & 0xff;
    case 'int64':
      return exactInteger;
    default:
      return (value) => value;
  }
}

/** The product of two elements: of int32 only `Math.imul` has the exact lower bits. */
export function multiplierOf(dtype: DType): (a: number, b: number) => number {
  if (dtype === 'int32') return Math.imul;
  const wrap = wrapperOf(dtype);
  return (a, b) => wrap(a * b);
}

function exactInteger(value: number): number {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  throw new BackendError(`reference: int64 is exact up to 2^53 only, and ${value} lies beyond`);
}
