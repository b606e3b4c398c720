import type { Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type GaussianPosterior, gaussianPosterior } from './gaussian-posterior.js';
import { TransformerTokenizer, type TransformerTokenizerOptions } from './transformer-tokenizer.js';

/** The variational sibling of SoftVQ: every token is a normal distribution. `encode` gives its mean. */
export class KL extends TransformerTokenizer<GaussianPosterior> {
  readonly name = 'KL';

  constructor(options: TransformerTokenizerOptions) {
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'kl' });
    super(options, { random, encodedWidth: 2 * options.latentWidth });
  }

  /** @param noise standard normal (batch, latentTokens, latentWidth), for a sample in place of the mean. */
  quantized(images: Tensor, noise?: Tensor): GaussianPosterior {
    return gaussianPosterior(this.encodedTokens(images), noise);
  }
}
