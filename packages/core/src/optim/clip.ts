import { ArgumentError } from '../errors.js';
import { add, cast, div, minimum, sqrt } from '../operations/elementwise.js';
import { sum } from '../operations/reductions.js';
import { scalar } from '../tensor/creation.js';
import type { Tensor } from '../tensor/tensor.js';
import { mapTree, tensorsIn } from '../tensor/tree.js';

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
  return { gradients: mapTree(gradients, (gradient) => gradient.mul(cast(scale, gradient.dtype))), norm };
}

/** √Σ x² over all elements of all tensors of a tree, a float32 scalar. */
export function globalNorm(tree: unknown): Tensor {
  const squares = tensorsIn(tree).map((tensor) => cast(sum(tensor.square()), 'float32'));
  return sqrt(squares.reduce<Tensor>(add, scalar(0)));
}
