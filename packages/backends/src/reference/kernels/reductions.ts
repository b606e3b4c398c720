import { ShapeError } from '@softvq/core';
import { multiplierOf, wrapperOf } from '../elements.js';
import { aroundAxis, offsetsOf, rowMajorStrides } from '../strides.js';
import type { Value } from '../value.js';
import { elementCount, type Kernels } from './kernel.js';

/** Folds every group of elements that differ only along `axes` into one. */
function reduce(
  { data, shape }: Value,
  axes: readonly number[],
  initial: number,
  combine: (total: number, element: number) => number,
): Float64Array {
  const strides = rowMajorStrides(shape);
  const offsetsAlong = (isReduced: boolean) => {
    const chosen = shape.map((_, axis) => axis).filter((axis) => axes.includes(axis) === isReduced);
    return offsetsOf(
      chosen.map((axis) => shape[axis]!),
      chosen.map((axis) => strides[axis]!),
    );
  };
  const within = offsetsAlong(true);
  return Float64Array.from(offsetsAlong(false), (start) => {
    let total = initial;
    for (const offset of within) total = combine(total, data[start + offset]!);
    return total;
  });
}

/** Only symbolic sizes can be 0 here: static ones were refused when the graph was made. */
function assertNotEmpty({ shape }: Value, axes: readonly number[], what: string): void {
  if (axes.some((axis) => shape[axis] === 0)) {
    throw new ShapeError(`${what} over an axis of size 0 of shape [${shape.join(', ')}] has no value`);
  }
}

/** For every line along an axis: its first element and the distance between its elements. */
function forEachLine(
  shape: readonly number[],
  axis: number,
  visit: (start: number, step: number, line: number, within: number) => void,
): void {
  const { before, size, within } = aroundAxis(shape, axis);
  for (let outer = 0; outer < before; outer++) {
    for (let inner = 0; inner < within; inner++) visit(outer * size * within + inner, within, outer, inner);
  }
}

function extremePosition(
  x: Value,
  axis: number,
  beats: (candidate: number, best: number) => boolean,
): Float64Array {
  const { before, size, within } = aroundAxis(x.shape, axis);
  const positions = new Float64Array(before * within);
  forEachLine(x.shape, axis, (start, step, outer, inner) => {
    let best = 0;
    for (let i = 1; i < size; i++) {
      if (beats(x.data[start + i * step]!, x.data[start + best * step]!)) best = i;
    }
    positions[outer * within + inner] = best;
  });
  return positions;
}

export const reductions: Kernels<
  'sum' | 'mean' | 'prod' | 'max' | 'min' | 'argmax' | 'argmin' | 'cumsum' | 'topKIndices'
> = {
  sum: ([x], { attributes: { axes }, dtype }) => {
    const wrap = wrapperOf(dtype);
    return reduce(x!, axes, 0, (total, element) => wrap(total + element));
  },
  mean: ([x], { attributes: { axes } }) => {
    const count = elementCount(axes.map((axis) => x!.shape[axis]!));
    return reduce(x!, axes, 0, (total, element) => total + element).map((total) => total / count);
  },
  prod: ([x], { attributes: { axes }, dtype }) => reduce(x!, axes, 1, multiplierOf(dtype)),
  max: ([x], { attributes: { axes } }) => {
    assertNotEmpty(x!, axes, 'max');
    return reduce(x!, axes, Number.NEGATIVE_INFINITY, Math.max);
  },
  min: ([x], { attributes: { axes } }) => {
    assertNotEmpty(x!, axes, 'min');
    return reduce(x!, axes, Number.POSITIVE_INFINITY, Math.min);
  },

  argmax: ([x], { attributes: { axis } }) => {
    assertNotEmpty(x!, [axis], 'argmax');
    return extremePosition(x!, axis, (candidate, best) => candidate > best);
  },
  argmin: ([x], { attributes: { axis } }) => {
    assertNotEmpty(x!, [axis], 'argmin');
    return extremePosition(x!, axis, (candidate, best) => candidate < best);
  },

  cumsum: ([x], { attributes: { axis, exclusive, reverse }, dtype }) => {
    const wrap = wrapperOf(dtype);
    const size = x!.shape[axis]!;
    const sums = new Float64Array(x!.data.length);
    forEachLine(x!.shape, axis, (start, step) => {
      let total = 0;
      for (let i = 0; i < size; i++) {
        const at = start + (reverse ? size - 1 - i : i) * step;
        const before = total;
        total = wrap(total + x!.data[at]!);
        sums[at] = exclusive ? before : total;
      }
    });
    return sums;
  },

  topKIndices: ([x], { attributes: { axis, k, largest }, shape }) => {
    const size = x!.shape[axis]!;
    if (k > size) throw new ShapeError(`topKIndices: k = ${k} of an axis with ${size} elements`);
    const positions = new Float64Array(elementCount(shape));
    forEachLine(x!.shape, axis, (start, step, outer, inner) => {
      // The sort is stable, so equal elements keep the order of their positions.
      const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => {
        const difference = x!.data[start + a * step]! - x!.data[start + b * step]!;
        return largest ? -difference : difference;
      });
      for (let i = 0; i < k; i++) positions[(outer * k + i) * step + inner] = order[i]!;
    });
    return positions;
  },
};
