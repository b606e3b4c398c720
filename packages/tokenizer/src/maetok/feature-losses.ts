import { cast, normalize, type Tensor } from '@softvq/core';

/**
 * Mean squared error of predicted features (batch, patches, width), a scalar.
 *
 * @param mask bool (batch, patches): the error is that of the patches where it is true. Default all.
 */
export function featureError(prediction: Tensor, target: Tensor, mask?: Tensor): Tensor {
  return meanOver(prediction.sub(target).square().mean(-1), mask);
}

/**
 * Mean of the negated cosines between predicted and given features (batch, patches, width): from -1 where they agree
 * to 1, a scalar.
 *
 * @param mask bool (batch, patches): the mean is over the patches where it is true. Default all.
 */
export function featureMisalignment(prediction: Tensor, target: Tensor, mask?: Tensor): Tensor {
  return meanOver(normalize(prediction).mul(normalize(target)).sum(-1).neg(), mask);
}

function meanOver(perPatch: Tensor, mask: Tensor | undefined): Tensor {
  if (mask === undefined) return perPatch.mean();
  const weights = cast(mask, perPatch.dtype);
  return perPatch.mul(weights).sum().div(weights.sum());
}
