import { formatShape, ShapeError, type Tensor } from '@softvq/core';

/** A discriminator's logits of real and fake images, each of any shape. */
export interface LogitPair {
  readonly real: Tensor;
  readonly fake: Tensor;
}

/**
 * The mean squared difference between the logits of images and of the same images augmented more strongly, over real
 * and fake ones together, a scalar (balanced consistency regularisation, Zhao et al., "Improved Consistency
 * Regularization for GANs", 2021, section 3.1, with both sides in one mean). Both sides have a gradient.
 *
 * @throws ShapeError when logits of the same images differ in shape.
 */
export function consistencyRegularization(weak: LogitPair, strong: LogitPair): Tensor {
  const [real, fake] = (['real', 'fake'] as const).map((side) => {
    const [left, right] = [weak[side], strong[side]];
    if (formatShape(left.shape) !== formatShape(right.shape)) {
      throw new ShapeError(
        `consistencyRegularization: ${side} logits are ${formatShape(left.shape)} and ${formatShape(right.shape)}`,
      );
    }
    return left.sub(right).square();
  }) as [Tensor, Tensor];
  const numbers = [real, fake].map(({ size }) => Number(size)) as [number, number];
  return real
    .sum()
    .add(fake.sum())
    .div(numbers[0] + numbers[1]);
}
