import type { PoolAttributes } from '@softvq/core/graph';
import type { Value } from '../value.js';
import { elementCount, type Kernels } from './kernel.js';
import { windowTable } from './windows.js';

/** One number for each window, from the elements of it that are not padding. */
function pool(
  { data, shape }: Value,
  attributes: PoolAttributes,
  outputShape: readonly number[],
  summarize: (inside: readonly number[], windowSize: number) => number,
): Float64Array {
  const { kernel } = attributes;
  const space = shape.slice(2);
  const positions = outputShape.slice(2);
  const table = windowTable(space, kernel, positions, { ...attributes, dilation: [1, 1] });
  const windowSize = elementCount(kernel);
  const inSpace = elementCount(space);
  const outSpace = elementCount(positions);
  return new Float64Array(elementCount(outputShape)).map((_, output) => {
    const from = Math.floor(output / outSpace) * inSpace;
    const first = (output % outSpace) * windowSize;
    const inside: number[] = [];
    for (const at of table.subarray(first, first + windowSize)) if (at >= 0) inside.push(data[from + at]!);
    return summarize(inside, windowSize);
  });
}

export const pooling: Kernels<'maxPool2d' | 'avgPool2d'> = {
  maxPool2d: ([x], { attributes, shape }) => pool(x!, attributes, shape, (inside) => Math.max(...inside)),

  avgPool2d: ([x], { attributes, shape }) =>
    pool(x!, attributes, shape, (inside, windowSize) => {
      const total = inside.reduce((sum, element) => sum + element, 0);
      return total / (attributes.countPadding ? windowSize : inside.length);
    }),
};
