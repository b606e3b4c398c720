import { allocate, type DType, type HostArray, type HostTensor } from './dtype.js';
import { float16ToFloat32, float32ToFloat16 } from './half.js';

/** The same numbers in another element type: towards zero to whole numbers, nonzero to true. */
export function convertElements({ dtype: from, shape, data }: HostTensor, dtype: DType): HostTensor {
  return { dtype, shape, data: encode(decode(data, from), dtype) };
}

function decode(data: HostArray, dtype: DType): ArrayLike<number> {
  if (dtype === 'float16') return float16ToFloat32(data as Uint16Array);
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
}

function encode(numbers: ArrayLike<number>, dtype: DType): HostArray {
  switch (dtype) {
    case 'float16':
      return float32ToFloat16(numbers instanceof Float32Array ? numbers : Float32Array.from(numbers));
    case 'int64':
      return BigInt64Array.from(Array.from(numbers, (number) => BigInt(Math.trunc(number))));
    case 'bool':
      return Uint8Array.from(numbers, (number) => Number(number !== 0));
    default: {
      const array = allocate(dtype, numbers.length);
      array.set(numbers);
      return array;
    }
  }
}
