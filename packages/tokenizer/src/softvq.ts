import { ArgumentError, type Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type Quantized, SoftQuantizer } from './soft-quantizer.js';
import { TransformerTokenizer, type TransformerTokenizerOptions } from './transformer-tokenizer.js';

export interface SoftVQOptions extends TransformerTokenizerOptions {
  /** Must divide `latentTokens`. */
  readonly codebooks: number;
  readonly codebookSize: number;
  /** Default 0.07. */
  readonly temperature?: number;
  /** Whether codewords and tokens are compared at unit length. Default true. */
  readonly normalized?: boolean;
}

/**
 * SoftVQ-VAE (Chen et al., "SoftVQ-VAE: Efficient 1-Dimensional Continuous Tokenizer", CVPR 2025): images to a few
 * continuous one-dimensional tokens and back. Parameters have the names of the official checkpoints.
 */
export class SoftVQ extends TransformerTokenizer<Quantized, SoftVQOptions> {
  readonly name = 'SoftVQ';
  readonly quantize: SoftQuantizer;

  constructor(options: SoftVQOptions) {
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'softvq' });
    super(options, { random, encodedWidth: options.latentWidth });
    const { latentTokens, latentWidth, codebooks, codebookSize } = options;
    if (latentTokens % codebooks !== 0) {
      throw new ArgumentError(`${latentTokens} latent tokens do not divide among ${codebooks} codebooks`);
    }
    this.quantize = new SoftQuantizer({
      codebooks,
      codebookSize,
      width: latentWidth,
      temperature: options.temperature ?? 0.07,
      normalized: options.normalized ?? true,
      random: random.child('quantize'),
    });
  }

  /** Images (batch, 3, imageSize, imageSize) in [-1, 1] to latents and the logits they were mixed by. */
  quantized(images: Tensor): Quantized {
    return this.quantize.forward(this.encodedTokens(images));
  }

  /** The nearest codeword of each token in its codebook: (batch, codebooks, latentTokens / codebooks), int32. */
  indices(images: Tensor): Tensor {
    return this.quantize.indices(this.quantized(images));
  }
}
