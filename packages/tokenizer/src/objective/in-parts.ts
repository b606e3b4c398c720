import { accumulateGradients, type LossAndGradient } from '@softvq/core/optim';

/** `accumulateGradients`, and nothing at all for a batch in one part. */
export function inParts<Parameters, Batch, Auxiliary>(
  count: number,
  lossAndGradient: LossAndGradient<Parameters, Batch, Auxiliary>,
): LossAndGradient<Parameters, Batch, Auxiliary> {
  return count === 1 ? lossAndGradient : accumulateGradients(count, lossAndGradient);
}
