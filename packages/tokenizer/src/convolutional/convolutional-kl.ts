import type { Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { ConvolutionalTokenizer, type ConvolutionalTokenizerOptions } from './convolutional-tokenizer.js';
import { type GridPosterior, gridPosterior } from './grid-posterior.js';

/**
 * The autoencoder of latent diffusion (Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion
 * Models", 2022): every place of the grid is a normal distribution. `encode` gives its mean.
 *
 *     const tokenizer = new ConvolutionalKL({
 *       imageSize: 256,
 *       multipliers: convolutionalMultipliers[16],
 *       latentChannels: 16,
 *     });
 */
export class ConvolutionalKL extends ConvolutionalTokenizer<GridPosterior> {
  readonly name = 'KL';

  /** Errors as for `ConvolutionalTokenizer`. */
  constructor(options: ConvolutionalTokenizerOptions) {
    super(options, new RandomStream({ seed: options.seed ?? 0, name: 'convolutional-kl' }), 2);
  }

  /** @param noise standard normal of the shape of the latents, for a sample in place of the mean. */
  quantized(images: Tensor, noise?: Tensor): GridPosterior {
    return gridPosterior(this.encodedGrid(images), noise);
  }
}
