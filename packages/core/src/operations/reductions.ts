import { ArgumentError } from '../errors.js';
import { applyOperation } from '../tensor/apply.js';
import { normalizeAxes, normalizeAxis } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import { sqrt } from './elementwise.js';
import { gather } from './indexing.js';

export interface ReduceOptions {
  /** Leaves the reduced axes with size 1, so that the result broadcasts against the input. */
  readonly keepDims?: boolean;
}

/** One axis, several, or all when undefined; negative axes count from the last. */
export type Axes = number | readonly number[] | undefined;

type ReductionName = 'sum' | 'mean' | 'prod' | 'max' | 'min';

function reduction(name: ReductionName) {
  return (x: Tensor, axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor =>
    applyOperation(name, [x], { axes: normalizeAxes(name, axes, x.rank), keepDims });
}

export const sum = reduction('sum');
export const mean = reduction('mean');
export const prod = reduction('prod');
export const max = reduction('max');
export const min = reduction('min');

/** Population variance (divided by the count), as normalisation layers use it. */
export function variance(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const centered = x.sub(mean(x, axes, { keepDims: true }));
  return mean(centered.square(), axes, options);
}

/** Square root of the sum of squares. */
export function norm(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return sqrt(sum(x.square(), axes, options));
}

/** Position (int32) of the largest element along an axis, the first one where several are equal. */
export function argmax(x: Tensor, axis = -1): Tensor {
  return applyOperation('argmax', [x], { axis: normalizeAxis('argmax', axis, x.rank) });
}

/** Position (int32) of the smallest element along an axis, the first one where several are equal. */
export function argmin(x: Tensor, axis = -1): Tensor {
  return applyOperation('argmin', [x], { axis: normalizeAxis('argmin', axis, x.rank) });
}

/** Running sums along an axis; `exclusive` leaves out the element itself, `reverse` starts from the end. */
export function cumsum(x: Tensor, axis: number, { exclusive = false, reverse = false } = {}): Tensor {
  return applyOperation('cumsum', [x], { axis: normalizeAxis('cumsum', axis, x.rank), exclusive, reverse });
}

export interface TopK {
  /** The k values, sorted. */
  readonly values: Tensor;
  /** Their positions, int32. */
  readonly indices: Tensor;
}

/** The k largest (or smallest) elements along an axis, best first. */
export function topK(x: Tensor, k: number, { axis = -1, largest = true } = {}): TopK {
  const along = normalizeAxis('topK', axis, x.rank);
  if (!Number.isInteger(k) || k < 0)
    throw new ArgumentError(`topK: k must be a whole number from 0, not ${k}`);
  const indices = applyOperation('topKIndices', [x], { k, axis: along, largest });
  return { indices, values: gather(x, along, indices) };
}
