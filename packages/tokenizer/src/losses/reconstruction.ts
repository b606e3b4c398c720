import { abs, formatShape, ShapeError, type Tensor } from '@softvq/core';

/** `l1`: absolute differences; `l2`: squared differences. */
export type ReconstructionNorm = 'l1' | 'l2';

/**
 * The mean over all pixels, channels and images of the absolute or squared difference, a scalar.
 *
 * @param reconstruction (batch, channels, height, width) or any other shape. @param images of the same shape.
 * @param norm default `l2`.
 * @throws ShapeError when the shapes differ: broadcasting would hide a mistake here.
 */
export function reconstructionLoss(
  reconstruction: Tensor,
  images: Tensor,
  norm: ReconstructionNorm = 'l2',
): Tensor {
  if (formatShape(reconstruction.shape) !== formatShape(images.shape)) {
    throw new ShapeError(
      `reconstructionLoss: ${formatShape(reconstruction.shape)} is compared with ${formatShape(images.shape)}`,
    );
  }
  const difference = reconstruction.sub(images);
  return (norm === 'l1' ? abs(difference) : difference.square()).mean();
}
