import { formatShape, ShapeError, type Tensor } from '@softvq/core';
import { gaussianPosterior, klDivergence } from '../gaussian-posterior.js';
import { gridOfTokens, tokensOfGrid } from './grid-tokens.js';

/** A diagonal normal distribution over a grid of latents and the latents taken from it. */
export interface GridPosterior {
  /** A sample, or the mean where no noise was given: (batch, channels, height, width). */
  readonly latents: Tensor;
  /** (batch, channels, height, width). */
  readonly mean: Tensor;
  /** (batch, channels, height, width), in [-30, 20]. */
  readonly logVariance: Tensor;
  /**
   * Each image's divergence from the standard normal distribution, ½ Σ (μ² + σ² - 1 - log σ²) over the grid and
   * channels: (batch).
   */
  readonly divergence: Tensor;
}

/**
 * The posterior that a convolutional encoder describes (Kingma & Welling, "Auto-Encoding Variational Bayes", 2014).
 *
 * @param moments (batch, 2 · channels, height, width), all but the batch static: means, then logarithms of variances.
 * @param noise standard normal (batch, channels, height, width); without it the latents are the mean.
 * @throws ShapeError for noise of another shape.
 */
export function gridPosterior(moments: Tensor, noise?: Tensor): GridPosterior {
  const [batch, doubled, height, width] = moments.shape as readonly [unknown, number, number, number];
  const wanted = `[${batch}, ${doubled / 2}, ${height}, ${width}]`;
  if (noise !== undefined && formatShape(noise.shape) !== wanted) {
    throw new ShapeError(`the noise of a posterior is ${wanted}, not ${formatShape(noise.shape)}`);
  }
  const posterior = gaussianPosterior(tokensOfGrid(moments), noise && tokensOfGrid(noise));
  const toGrid = (tokens: Tensor): Tensor => gridOfTokens(tokens, [height, width]);
  return {
    latents: toGrid(posterior.latents),
    mean: toGrid(posterior.mean),
    logVariance: toGrid(posterior.logVariance),
    divergence: klDivergence(posterior),
  };
}
