import type { StoredTensor } from '../io/stored-tensor.js';
import { cast } from '../operations/elementwise.js';
import { fromStored } from '../tensor/creation.js';
import { allocate, type DType, type HostArray, type HostTensor } from '../tensor/dtype.js';
import { float16ToFloat32, float32ToFloat16 } from '../tensor/half.js';
import { Tensor } from '../tensor/tensor.js';

/** A tensor of the given element type from one at hand or in a file, converted when it is first needed. */
export function tensorOfType(source: Tensor | StoredTensor, dtype: DType): Tensor {
  if (source instanceof Tensor) return cast(source, dtype);
  // Without a conversion the byte range stays, which lets an engine map the file.
  if (source.dtype === dtype) return fromStored(source);
  const { storedAs, shape } = source;
  return fromStored({
    dtype,
    storedAs,
    shape,
    read: async () => convertElements(await source.read(), dtype),
  });
}

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
      return float32ToFloat16(Float32Array.from(numbers));
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
