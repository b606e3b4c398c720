import { ShapeError } from '@softvq/core';
import { evaluateDimension, evaluateShape } from '@softvq/core/graph';
import { wrapperOf } from '../elements.js';
import { aroundAxis, broadcastStrides, offsetsOf, rowMajorStrides } from '../strides.js';
import type { Value } from '../value.js';
import { elementCount, type Kernels } from './kernel.js';

/** The elements of `x` found by walking `shape` with strides of its own. */
function read(x: Value, shape: readonly number[], strides: readonly number[], start = 0): Float64Array {
  return Float64Array.from(offsetsOf(shape, strides, start), (offset) => x.data[offset]!);
}

/** Only ranges on symbolic axes can leave the input: static ones were checked when the graph was made. */
function assertInside(size: number, start: number, count: number, step: number): void {
  const last = start + (count - 1) * step;
  const inside = count === 0 || (count > 0 && start >= 0 && start < size && last >= 0 && last < size);
  if (!inside) {
    throw new ShapeError(
      `slice: ${count} elements from ${start} on, ${step} apart, of an axis of size ${size}`,
    );
  }
}

export const movement: Kernels<'reshape' | 'transpose' | 'broadcastTo' | 'slice' | 'pad' | 'concat'> = {
  reshape: ([x]) => x!.data,

  transpose: ([x], { attributes: { permutation }, shape }) => {
    const strides = rowMajorStrides(x!.shape);
    return read(
      x!,
      shape,
      permutation.map((axis) => strides[axis]!),
    );
  },

  broadcastTo: ([x], { shape }) => read(x!, shape, broadcastStrides(x!.shape, shape)),

  slice: ([x], { attributes, shape, bindings }) => {
    const { steps } = attributes;
    const starts = evaluateShape(attributes.starts, bindings);
    for (const [axis, size] of x!.shape.entries())
      assertInside(size, starts[axis]!, shape[axis]!, steps[axis]!);
    const strides = rowMajorStrides(x!.shape);
    const first = strides.reduce((offset, stride, axis) => offset + stride * starts[axis]!, 0);
    return read(
      x!,
      shape,
      strides.map((stride, axis) => stride * steps[axis]!),
      first,
    );
  },

  pad: ([x], { attributes: { before, value }, shape, dtype, bindings }) => {
    const result = new Float64Array(elementCount(shape)).fill(wrapperOf(dtype)(value));
    const strides = rowMajorStrides(shape);
    const first = strides.reduce(
      (offset, stride, axis) => offset + stride * evaluateDimension(before[axis]!, bindings),
      0,
    );
    for (const [i, offset] of offsetsOf(x!.shape, strides, first).entries()) result[offset] = x!.data[i]!;
    return result;
  },

  concat: (inputs, { attributes: { axis }, shape }) => {
    const result = new Float64Array(elementCount(shape));
    const { before, size, within } = aroundAxis(shape, axis);
    let at = 0;
    for (const { data, shape: part } of inputs) {
      const run = part[axis]! * within;
      for (let outer = 0; outer < before; outer++) {
        result.set(data.subarray(outer * run, (outer + 1) * run), outer * size * within + at);
      }
      at += run;
    }
    return result;
  },
};
