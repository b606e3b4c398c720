import { formatShape, ShapeError, type Tensor } from '@softvq/core';
import type { TracedRandom } from '@softvq/core/nn';
import { type DiffAugmentPolicy, diffAugment } from '../losses/diff-augment.js';
import { drawDiffAugment } from '../losses/diff-augment-draws.js';

/**
 * Images as a discriminator sees them: augmented by a policy, or as they are without one.
 *
 * @param images (batch, channels, height, width) of static shape. @throws ShapeError for a shape that is not.
 */
export function augmented(
  images: Tensor,
  policy: DiffAugmentPolicy | undefined,
  random: TracedRandom,
): Tensor {
  if (policy === undefined) return images;
  const [batch, , height, width] = images.shape;
  if (typeof batch !== 'number' || typeof height !== 'number' || typeof width !== 'number') {
    throw new ShapeError(`a training step takes images of static shape, not ${formatShape(images.shape)}`);
  }
  return diffAugment(images, drawDiffAugment(random, { batch, height, width }, policy), policy);
}
