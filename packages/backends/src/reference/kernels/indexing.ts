import { ArgumentError } from '@softvq/core';
import { wrapperOf } from '../elements.js';
import { aroundAxis } from '../strides.js';
import type { Value } from '../value.js';
import type { Kernels } from './kernel.js';

/**
 * Pairs the whole slices that indices name: `visit` gets where a slice starts in the indexed tensor, where the one
 * that belongs to the index starts in the tensor of slices, and how long both are.
 */
function forEachSlice(
  name: string,
  { shape }: Value,
  index: Value,
  axis: number,
  visit: (inIndexed: number, inSlices: number, length: number) => void,
): void {
  const { before, size, within } = aroundAxis(shape, axis);
  assertInside(name, index, size);
  const count = index.data.length;
  for (let outer = 0; outer < before; outer++) {
    for (let i = 0; i < count; i++) {
      visit((outer * size + index.data[i]!) * within, (outer * count + i) * within, within);
    }
  }
}

/**
 * Pairs single elements: `visit` gets the position that an index names, and that of the index itself. Away from
 * the axis both tensors have the same sizes.
 */
function forEachElement(
  name: string,
  { shape }: Value,
  index: Value,
  axis: number,
  visit: (inIndexed: number, inIndices: number) => void,
): void {
  const { size } = aroundAxis(shape, axis);
  assertInside(name, index, size);
  const { before, size: count, within } = aroundAxis(index.shape, axis);
  for (let outer = 0; outer < before; outer++) {
    for (let i = 0; i < count; i++) {
      for (let inner = 0; inner < within; inner++) {
        const at = (outer * count + i) * within + inner;
        visit((outer * size + index.data[at]!) * within + inner, at);
      }
    }
  }
}

function assertInside(name: string, index: Value, size: number): void {
  const outside = index.data.find((element) => element < 0 || element >= size);
  if (outside !== undefined) {
    throw new ArgumentError(`${name}: index ${outside} lies outside 0 to ${size - 1}`);
  }
}

export const indexing: Kernels<'take' | 'takeAdd' | 'gather' | 'scatterAdd'> = {
  take: ([x, index], { attributes: { axis } }) => {
    const { before, within } = aroundAxis(x!.shape, axis);
    const result = new Float64Array(before * index!.data.length * within);
    forEachSlice('take', x!, index!, axis, (from, to, length) => {
      result.set(x!.data.subarray(from, from + length), to);
    });
    return result;
  },

  takeAdd: ([x, index, updates], { attributes: { axis }, dtype }) => {
    const wrap = wrapperOf(dtype);
    const result = x!.data.slice();
    forEachSlice('takeAdd', x!, index!, axis, (to, from, length) => {
      for (let i = 0; i < length; i++) result[to + i] = wrap(result[to + i]! + updates!.data[from + i]!);
    });
    return result;
  },

  gather: ([x, index], { attributes: { axis } }) => {
    const result = new Float64Array(index!.data.length);
    forEachElement('gather', x!, index!, axis, (from, to) => {
      result[to] = x!.data[from]!;
    });
    return result;
  },

  scatterAdd: ([x, index, updates], { attributes: { axis }, dtype }) => {
    const wrap = wrapperOf(dtype);
    const result = x!.data.slice();
    forEachElement('scatterAdd', x!, index!, axis, (to, from) => {
      result[to] = wrap(result[to]! + updates!.data[from]!);
    });
    return result;
  },
};
