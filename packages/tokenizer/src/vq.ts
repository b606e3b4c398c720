import type { Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { TransformerTokenizer, type TransformerTokenizerOptions } from './transformer-tokenizer.js';
import { type VectorQuantized, VectorQuantizer } from './vector-quantizer.js';

export interface VQOptions extends TransformerTokenizerOptions {
  readonly codebookSize: number;
  /** Whether codewords and tokens are compared at unit length. Default true. */
  readonly normalized?: boolean;
}

/** The discrete sibling of SoftVQ: every token becomes the nearest of the codewords. */
export class VQ extends TransformerTokenizer<VectorQuantized, VQOptions> {
  readonly name = 'VQ';
  readonly quantize: VectorQuantizer;

  constructor(options: VQOptions) {
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'vq' });
    super(options, { random, encodedWidth: options.latentWidth });
    const { codebookSize, latentWidth, normalized } = options;
    this.quantize = new VectorQuantizer({
      codebookSize,
      width: latentWidth,
      normalized,
      random: random.child('quantize'),
    });
  }

  quantized(images: Tensor): VectorQuantized {
    return this.quantize.forward(this.encodedTokens(images));
  }

  /** The codeword that each token becomes: (batch, 1, latentTokens), int32. */
  indices(images: Tensor): Tensor {
    return this.quantize.indices(this.quantized(images));
  }

  /** Indices (batch, 1, latentTokens) to images (batch, 3, imageSize, imageSize), nominally in [-1, 1]. */
  decodeIndices(indices: Tensor): Tensor {
    return this.decode(this.quantize.lookup(indices));
  }
}
