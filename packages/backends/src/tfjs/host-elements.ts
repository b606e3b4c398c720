import { type DType, DTypeError, type HostArray, type HostTensor } from '@softvq/core';
import type { Engine, Tensor } from './engine.js';

/** The element types that tfjs has. */
export const tfjsTypes = ['float32', 'int32', 'bool'] as const satisfies readonly DType[];

export type TfjsType = (typeof tfjsTypes)[number];

/** @throws DTypeError for a type that tfjs has not. */
export function asTfjsType(dtype: DType, what: string): TfjsType {
  const found = tfjsTypes.find((each) => each === dtype);
  if (found !== undefined) return found;
  throw new DTypeError(
    `${what} is ${dtype}, and tfjs has ${tfjsTypes.join(', ')} only; convert it with cast() before`,
  );
}

/** A tensor that no scope of tfjs disposes. */
export function toTensor({ tf }: Engine, { dtype, shape, data }: HostTensor, what: string): Tensor {
  const elements = data as Float32Array | Int32Array | Uint8Array;
  return tf.keep(tf.tensor(elements, [...shape], asTfjsType(dtype, what)));
}

/** The elements of a tensor in the host array of their type. Some devices of tfjs answer with another. */
export async function fromTensor(tensor: Tensor): Promise<HostArray> {
  const data = await tensor.data();
  switch (tensor.dtype) {
    case 'int32':
      return data instanceof Int32Array ? data : Int32Array.from(data);
    case 'bool':
      return data instanceof Uint8Array ? data : Uint8Array.from(data, Number);
    default:
      return data instanceof Float32Array ? data : Float32Array.from(data);
  }
}
