import { ArgumentError } from '../errors.js';
import type { TensorRecord } from '../nn/module.js';
import { add, cast, div, minimum, sqrt } from '../operations/elementwise.js';
import { sum } from '../operations/reductions.js';
import { scalar } from '../tensor/creation.js';
import type { Tensor } from '../tensor/tensor.js';
import { flatten, type Leaf } from '../tensor/tree.js';
import { alike, mapRecords } from './map-records.js';

export interface Clipped<Gradients> {
  /** Scaled so that their norm is at most the maximum. */
  readonly gradients: Gradients;
  /** The norm before, a float32 scalar. */
  readonly norm: Tensor;
}

/**
 * Scales a tree of gradients by min(1, maximum / (norm + 1e-6)), where the norm is that of all elements together, as
 * `torch.nn.utils.clip_grad_norm_`. A gradient costs three elementwise passes over memory: square, sum, scale.
 *
 * @param maximum above 0; Infinity only measures.
 */
export function clipByGlobalNorm<Gradients>(gradients: Gradients, maximum: number): Clipped<Gradients> {
  if (!(maximum > 0))
    throw new ArgumentError(`clipByGlobalNorm: the maximum must be above 0, not ${maximum}`);
  const norm = globalNorm(gradients);
  if (maximum === Number.POSITIVE_INFINITY) return { gradients, norm };
  const scale = minimum(div(maximum, norm.add(1e-6)), 1);
  const { leaves, rebuild } = flatten(gradients);
  const [scaled = {}] = mapRecords([byPath(leaves)], alike, ([gradient]) => [
    gradient!.mul(cast(scale, gradient!.dtype)),
  ]);
  return { gradients: rebuild(leaves.map(({ path }) => scaled[path]!)), norm };
}

/** √Σ x² over all elements of all tensors of a tree, a float32 scalar. */
export function globalNorm(tree: unknown): Tensor {
  const squares: Tensor[] = [];
  mapRecords([byPath(flatten(tree).leaves)], alike, ([tensor]) => {
    squares.push(cast(sum(tensor!.square()), 'float32'));
    return [];
  });
  return sqrt(squares.reduce<Tensor>(add, scalar(0)));
}

function byPath(leaves: readonly Leaf[]): TensorRecord {
  return Object.fromEntries(leaves.map(({ path, tensor }) => [path, tensor]));
}
