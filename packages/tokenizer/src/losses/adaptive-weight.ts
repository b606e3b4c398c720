import { clamp, ones, stopGradient, type Tensor, vectorJacobianProduct } from '@softvq/core';
import { globalNorm } from '@softvq/core/optim';

/** Keeps the quotient finite where the adversarial loss is flat. */
const epsilon = 1e-4;
const largest = 1e4;

/**
 * The weight with which an adversarial loss pulls at the last layer of a decoder as much as the reconstruction does
 * (Esser et al., "Taming Transformers for High-Resolution Image Synthesis", 2021, eq. 7):
 * ‖∂reconstruction / ∂W‖ / (‖∂adversarial / ∂W‖ + 10⁻⁴), at most 10⁴. A scalar, and a constant to derivatives.
 *
 * Traced inside a loss: `lastLayer` is the very tensor that the losses were computed from.
 *
 * @param reconstruction weighted losses of the reconstruction, a scalar. @param adversarial the generator's, a scalar.
 * @param lastLayer the weight of the decoder's last layer, of any shape.
 */
export function adaptiveAdversarialWeight(
  reconstruction: Tensor,
  adversarial: Tensor,
  lastLayer: Tensor,
): Tensor {
  const slope = (loss: Tensor): Tensor =>
    globalNorm(vectorJacobianProduct(loss, [lastLayer], ones([], loss.dtype)));
  return stopGradient(clamp(slope(reconstruction).div(slope(adversarial).add(epsilon)), 0, largest));
}
