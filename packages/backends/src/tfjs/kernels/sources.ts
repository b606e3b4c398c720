import { evaluateDimension } from '@softvq/core/graph';
import type { TfjsType } from '../host-elements.js';
import type { Kernels } from './kernel.js';

/** A number as an element of a type: whole numbers wrap around. */
export function asElement(value: number, dtype: TfjsType): number {
  return dtype === 'int32' ? value | 0 : value;
}

export const sources: Kernels<'fill' | 'arange' | 'dimension'> = {
  fill: ({ tf }, _, { attributes: { value }, shape, dtype }) =>
    tf.fill([...shape], asElement(value, dtype), dtype),

  arange: ({ tf }, _, { attributes: { start, step }, shape, dtype }) => {
    const elements = dtype === 'int32' ? new Int32Array(shape[0]!) : new Float32Array(shape[0]!);
    for (let i = 0; i < elements.length; i++) elements[i] = start + step * i;
    return tf.tensor1d(elements, dtype);
  },

  dimension: ({ tf }, _, { attributes: { dimension }, dtype, bindings }) =>
    tf.scalar(asElement(evaluateDimension(dimension, bindings), dtype), dtype),
};
