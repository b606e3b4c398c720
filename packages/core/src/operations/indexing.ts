import { ArgumentError } from '../errors.js';
import { applyOperation } from '../tensor/apply.js';
import { arange } from '../tensor/creation.js';
import { normalizeAxis } from '../tensor/dimension.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { cast, equal } from './elementwise.js';
import { expandDims } from './movement.js';

/** Whole slices along an axis, one for each index: rows of an embedding table, tokens of a sequence. */
export function take(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return applyOperation('take', [x, indices], { axis: normalizeAxis('take', axis, x.rank) });
}

/** `x` with slices added at the indices: the transpose of `take`. Slices with one index add up. */
export function takeAdd(x: Tensor, indices: Tensor, updates: Tensor, axis = 0): Tensor {
  return applyOperation('takeAdd', [x, indices, updates], { axis: normalizeAxis('takeAdd', axis, x.rank) });
}

/** One element for each index, as `torch.gather`: result[i, j] = x[i, indices[i, j]] for axis 1. */
export function gather(x: Tensor, axis: number, indices: Tensor): Tensor {
  return applyOperation('gather', [x, indices], { axis: normalizeAxis('gather', axis, x.rank) });
}

/** `x` with updates added at the indices, as `torch.scatter_add`. Updates of one element add up. */
export function scatterAdd(x: Tensor, axis: number, indices: Tensor, updates: Tensor): Tensor {
  return applyOperation('scatterAdd', [x, indices, updates], {
    axis: normalizeAxis('scatterAdd', axis, x.rank),
  });
}

/** A new last axis of `depth` with 1 at the index and 0 elsewhere, also for indices outside 0 … depth - 1. */
export function oneHot(indices: Tensor, depth: number, dtype: DType = 'float32'): Tensor {
  if (!Number.isInteger(depth) || depth < 1)
    throw new ArgumentError(`oneHot: depth must be 1 or more, not ${depth}`);
  return cast(equal(expandDims(indices, -1), arange(depth, { dtype: indices.dtype })), dtype);
}
