import type { Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type GaussianPosterior, gaussianPosterior } from './gaussian-posterior.js';
import { ImageTokenizer, type ImageTokenizerOptions } from './image-tokenizer.js';

/** The variational sibling of SoftVQ: every token is a normal distribution. `encode` gives its mean. */
export class KL extends ImageTokenizer<GaussianPosterior> {
  constructor(options: ImageTokenizerOptions) {
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'kl' });
    super(options, random, 2 * options.latentWidth);
  }

  /** @param noise standard normal (batch, latentTokens, latentWidth), for a sample in place of the mean. */
  quantized(images: Tensor, noise?: Tensor): GaussianPosterior {
    return gaussianPosterior(this.encodedTokens(images), noise);
  }
}
