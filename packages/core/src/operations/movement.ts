import { ArgumentError, ShapeError } from '../errors.js';
import { applyOperation } from '../tensor/apply.js';
import {
  addDimensions,
  type Dimension,
  divideDimensions,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sizeOf,
  subtractDimensions,
} from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * The same elements in another shape. One size may be -1: it follows from the others.
 *
 * @throws ShapeError when the numbers of elements differ.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const unknown = shape.indexOf(-1);
  if (unknown < 0) return applyOperation('reshape', [x], { shape });
  const rest = sizeOf(shape.filter((_, axis) => axis !== unknown));
  const size = shape.lastIndexOf(-1) === unknown ? divideDimensions(x.size, rest) : undefined;
  if (size === undefined) {
    throw new ShapeError(`reshape: ${formatShape(x.shape)} does not fit ${formatShape(shape)}`);
  }
  return applyOperation('reshape', [x], { shape: shape.with(unknown, size) });
}

/** Axis i of the result is axis `permutation[i]` of the input; without one, all axes in reverse. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const order = permutation ?? x.shape.map((_, axis) => x.rank - 1 - axis);
  return applyOperation('transpose', [x], {
    permutation: order.map((axis) => normalizeAxis('transpose', axis, x.rank)),
  });
}

/** Exchanges two axes. */
export function swapAxes(x: Tensor, a: number, b: number): Tensor {
  const order = normalizeAxes('swapAxes', undefined, x.rank);
  const first = normalizeAxis('swapAxes', a, x.rank);
  const second = normalizeAxis('swapAxes', b, x.rank);
  return transpose(x, order.with(first, second).with(second, first));
}

/** Repeats axes of size 1, and adds axes in front, until the shape is reached. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return applyOperation('broadcastTo', [x], { shape });
}

/** A new axis of size 1 at a position of the result. */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis('expandDims', axis, x.rank + 1);
  return reshape(x, x.shape.toSpliced(at, 0, 1));
}

/** Removes axes of size 1. */
export function squeeze(x: Tensor, axes: number | readonly number[]): Tensor {
  const removed = normalizeAxes('squeeze', axes, x.rank);
  for (const axis of removed) {
    if (x.shape[axis] !== 1)
      throw new ShapeError(`squeeze: axis ${axis} of ${formatShape(x.shape)} is not 1`);
  }
  return reshape(
    x,
    x.shape.filter((_, axis) => !removed.includes(axis)),
  );
}

/**
 * What to take of one axis: everything (null), or from `start` up to before `stop`, every `step`-th. Negative
 * numbers count from the end. As in Python, numbers beyond the ends stop there, and a negative step walks backwards.
 * Of an axis whose size is known only at run time the range must lie inside.
 */
export type SliceRange = null | {
  readonly start?: Dimension;
  readonly stop?: Dimension;
  readonly step?: number;
};

/** A part of a tensor: one range an axis; axes after the last range are taken whole. */
export function slice(x: Tensor, ranges: readonly SliceRange[]): Tensor {
  if (ranges.length > x.rank) {
    throw new ShapeError(`slice: ${ranges.length} ranges for ${formatShape(x.shape)}`);
  }
  const resolved = x.shape.map((size, axis) => resolveRange(size, ranges[axis] ?? {}));
  return applyOperation('slice', [x], {
    starts: resolved.map((range) => range.start),
    sizes: resolved.map((range) => range.size),
    steps: resolved.map((range) => range.step),
  });
}

interface ResolvedRange {
  readonly start: Dimension;
  readonly size: Dimension;
  readonly step: number;
}

function resolveRange(size: Dimension, { start, stop, step = 1 }: NonNullable<SliceRange>): ResolvedRange {
  if (!Number.isInteger(step) || step === 0)
    throw new ArgumentError(`slice: step ${step} must be a whole number, not 0`);
  const fromEnd = (index: Dimension): Dimension =>
    typeof index === 'number' && index < 0 ? addDimensions(size, index) : index;
  if (step === 1 && typeof size !== 'number') {
    const first = fromEnd(start ?? 0);
    return { start: first, size: subtractDimensions(fromEnd(stop ?? size), first), step };
  }
  if (typeof size !== 'number') {
    if (step !== -1 || start !== undefined || stop !== undefined) {
      throw new ShapeError(`slice: step ${step} on an axis of size ${size}, which is known only at run time`);
    }
    return { start: subtractDimensions(size, 1), size, step };
  }
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const inside = (index: Dimension | undefined, otherwise: number): number => {
    if (index === undefined) return otherwise;
    const at = fromEnd(index);
    if (typeof at !== 'number') throw new ShapeError(`slice: bound ${at} on an axis of static size ${size}`);
    return Math.min(Math.max(at, low), high);
  };
  const first = inside(start, step > 0 ? 0 : size - 1);
  const last = inside(stop, step > 0 ? size : -1);
  return { start: first, size: Math.max(0, Math.ceil((last - first) / step)), step };
}

/** `size` elements of one axis from `start` on. */
export function narrow(x: Tensor, axis: number, start: Dimension, size: Dimension): Tensor {
  const along = normalizeAxis('narrow', axis, x.rank);
  const total = x.shape[along]!;
  if (typeof start === 'number' && typeof size === 'number' && typeof total === 'number') {
    if (start < 0 || size < 0 || start + size > total) {
      throw new ShapeError(
        `narrow: ${size} elements from ${start} on of axis ${along} of ${formatShape(x.shape)}`,
      );
    }
  }
  return applyOperation('slice', [x], {
    starts: x.shape.map((_, other) => (other === along ? start : 0)),
    sizes: x.shape.with(along, size),
    steps: x.shape.map(() => 1),
  });
}

/** Reverses axes. */
export function flip(x: Tensor, axes: number | readonly number[]): Tensor {
  const reversed = normalizeAxes('flip', axes, x.rank);
  return slice(
    x,
    x.shape.map((_, axis) => (reversed.includes(axis) ? { step: -1 } : null)),
  );
}

/** Joins tensors along an axis that they have. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw new ArgumentError('concat of no tensors');
  return applyOperation('concat', tensors, { axis: normalizeAxis('concat', axis, tensors[0]!.rank) });
}

/** Joins tensors along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return concat(
    tensors.map((each) => expandDims(each, axis)),
    axis,
  );
}

/** Cuts an axis into equal parts, given how many, or into parts of the given sizes. */
export function split(x: Tensor, parts: number | readonly Dimension[], axis = 0): Tensor[] {
  const along = normalizeAxis('split', axis, x.rank);
  const total = x.shape[along]!;
  const sizes = typeof parts === 'number' ? equalParts(x, parts, along) : parts;
  if (subtractDimensions(addDimensions(...sizes), total) !== 0) {
    throw new ShapeError(
      `split: parts ${formatShape(sizes)} do not add up to axis ${along} of ${formatShape(x.shape)}`,
    );
  }
  let start: Dimension = 0;
  return sizes.map((size) => {
    const part = narrow(x, along, start, size);
    start = addDimensions(start, size);
    return part;
  });
}

function equalParts(x: Tensor, count: number, axis: number): Dimension[] {
  const size = Number.isInteger(count) && count > 0 ? divideDimensions(x.shape[axis]!, count) : undefined;
  if (size === undefined) {
    throw new ShapeError(
      `split: axis ${axis} of ${formatShape(x.shape)} does not divide into ${count} parts`,
    );
  }
  return Array.from({ length: count }, () => size);
}

export interface PadOptions {
  /** Zeros (or `value`), the mirrored inside without the border, or the other end. */
  readonly mode?: 'constant' | 'reflect' | 'circular';
  readonly value?: number;
}

/** Elements added before and after: one pair for each axis. */
export function pad(
  x: Tensor,
  widths: readonly (readonly [before: number, after: number])[],
  { mode = 'constant', value = 0 }: PadOptions = {},
): Tensor {
  if (widths.length !== x.rank) {
    throw new ShapeError(`pad: ${widths.length} pairs for ${formatShape(x.shape)}`);
  }
  if (widths.flat().some((width) => !Number.isInteger(width) || width < 0)) {
    throw new ArgumentError(`pad: widths must be whole numbers from 0, not ${JSON.stringify(widths)}`);
  }
  if (mode === 'constant') {
    return applyOperation('pad', [x], {
      before: widths.map(([before]) => before),
      after: widths.map(([, after]) => after),
      value,
    });
  }
  return widths.reduce((padded, [before, after], axis) => padAxis(padded, axis, before, after, mode), x);
}

function padAxis(
  x: Tensor,
  axis: number,
  before: number,
  after: number,
  mode: 'reflect' | 'circular',
): Tensor {
  if (before === 0 && after === 0) return x;
  const size = x.shape[axis]!;
  const limit = mode === 'reflect' && typeof size === 'number' ? size - 1 : size;
  if (typeof limit === 'number' && (before > limit || after > limit)) {
    throw new ShapeError(
      `pad: ${mode} by ${before} and ${after} of axis ${axis} of ${formatShape(x.shape)}: at most ${limit}`,
    );
  }
  const beforeEnd = (count: number): Dimension => subtractDimensions(size, count);
  const [left, right] =
    mode === 'circular'
      ? [narrow(x, axis, beforeEnd(before), before), narrow(x, axis, 0, after)]
      : [flip(narrow(x, axis, 1, before), axis), flip(narrow(x, axis, beforeEnd(after + 1), after), axis)];
  return concat([left, x, right], axis);
}
