import type { ValueAndGradient } from '../autodiff/gradient.js';
import { ArgumentError, GradientError } from '../errors.js';
import { add } from '../operations/elementwise.js';
import { split } from '../operations/movement.js';
import { isFloating } from '../tensor/dtype.js';
import { flatten } from '../tensor/tree.js';

/** What `valueAndGrad` returns for a function of parameters and a batch. */
export type LossAndGradient<Parameters, Batch, Auxiliary> = (
  parameters: Parameters,
  batch: Batch,
) => ValueAndGradient<Parameters, Auxiliary>;

/**
 * Cuts a batch into equal parts along the leading axis of all its tensors, differentiates each, and averages values,
 * gradients and auxiliary tensors. With a loss that is a mean over the batch the result is that of the whole batch,
 * and activations are needed for one part at a time. All parts are in one graph.
 *
 *     const lossAndGradient = accumulateGradients(4, valueAndGrad(lossOf));
 *
 * @throws ArgumentError for a count that is no whole number from 1, ShapeError when an axis does not divide by it.
 */
export function accumulateGradients<Parameters, Batch, Auxiliary>(
  count: number,
  lossAndGradient: LossAndGradient<Parameters, Batch, Auxiliary>,
): LossAndGradient<Parameters, Batch, Auxiliary> {
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError(`accumulateGradients: the count must be a whole number from 1, not ${count}`);
  }
  return (parameters, batch) => {
    const flat = flatten(batch);
    const parts = flat.leaves.map(({ tensor }) => split(tensor, count, 0));
    const results = Array.from({ length: count }, (_, i) =>
      lossAndGradient(parameters, flat.rebuild(parts.map((part) => part[i]!))),
    );
    return average(results);
  };
}

/** Trees of one structure, tensor by tensor. */
function average<Tree>(trees: readonly Tree[]): Tree {
  const flats = trees.map((tree) => flatten(tree));
  const [first] = flats;
  return first!.rebuild(
    first!.leaves.map(({ path, tensor }, i) => {
      if (!isFloating(tensor.dtype)) {
        throw new GradientError(
          `accumulateGradients averages floating-point tensors, and "${path}" is ${tensor}`,
        );
      }
      const sum = flats.map(({ leaves }) => leaves[i]!.tensor).reduce((total, part) => add(total, part));
      return sum.mul(1 / trees.length);
    }),
  );
}
