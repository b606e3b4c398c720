import { evaluateDimension } from '@softvq/core/graph';
import { wrapperOf } from '../elements.js';
import { elementCount, type Kernels } from './kernel.js';

export const sources: Kernels<'fill' | 'arange' | 'dimension'> = {
  fill: (_, { attributes: { value }, shape, dtype }) =>
    new Float64Array(elementCount(shape)).fill(wrapperOf(dtype)(value)),

  arange: (_, { attributes: { start, step }, shape, dtype }) => {
    const wrap = wrapperOf(dtype);
    return new Float64Array(elementCount(shape)).map((_, i) => wrap(start + step * i));
  },

  dimension: (_, { attributes: { dimension }, dtype, bindings }) =>
    Float64Array.of(wrapperOf(dtype)(evaluateDimension(dimension, bindings))),
};
