import { clamp, exp, formatShape, narrow, ShapeError, type Tensor } from '@softvq/core';

/** A diagonal normal distribution over latents and the latents taken from it, all (batch, tokens, width). */
export interface GaussianPosterior {
  /** A sample, or the mean where no noise was given. */
  readonly latents: Tensor;
  readonly mean: Tensor;
  /** In [-30, 20]. */
  readonly logVariance: Tensor;
}

/**
 * The posterior that an encoder describes (Kingma & Welling, "Auto-Encoding Variational Bayes", 2014).
 *
 * @param moments (batch, tokens, 2 · width): means, then logarithms of variances.
 * @param noise standard normal (batch, tokens, width); without it the latents are the mean, which is also the mode.
 * @throws ShapeError for an odd width or noise of another shape.
 */
export function gaussianPosterior(moments: Tensor, noise?: Tensor): GaussianPosterior {
  const doubled = moments.shape.at(-1);
  if (typeof doubled !== 'number' || doubled % 2 !== 0) {
    throw new ShapeError(
      `a posterior takes (batch, tokens, 2 · width) moments, not ${formatShape(moments.shape)}`,
    );
  }
  const mean = narrow(moments, -1, 0, doubled / 2);
  const logVariance = clamp(narrow(moments, -1, doubled / 2, doubled / 2), -30, 20);
  if (noise === undefined) return { latents: mean, mean, logVariance };
  if (formatShape(noise.shape) !== formatShape(mean.shape)) {
    throw new ShapeError(
      `the noise of a posterior is ${formatShape(mean.shape)}, not ${formatShape(noise.shape)}`,
    );
  }
  return { latents: mean.add(exp(logVariance.mul(0.5)).mul(noise)), mean, logVariance };
}

/**
 * Divergence of each image's posterior from the standard normal distribution: ½ Σ (μ² + σ² - 1 - log σ²) over all
 * axes but the first, (batch).
 */
export function klDivergence({ mean, logVariance }: Pick<GaussianPosterior, 'mean' | 'logVariance'>): Tensor {
  const ofAnImage = mean.shape.map((_, axis) => axis).slice(1);
  return mean.square().add(exp(logVariance)).sub(1).sub(logVariance).sum(ofAnImage).mul(0.5);
}
