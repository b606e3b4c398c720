import type { Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import type { Encoding } from './image-tokenizer.js';
import { TransformerTokenizer, type TransformerTokenizerOptions } from './transformer-tokenizer.js';

/** The plain sibling of SoftVQ: latents are the encoder's tokens, not constrained at all. */
export class AE extends TransformerTokenizer {
  readonly name = 'AE';

  constructor(options: TransformerTokenizerOptions) {
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'ae' });
    super(options, { random, encodedWidth: options.latentWidth });
  }

  quantized(images: Tensor): Encoding {
    return { latents: this.encodedTokens(images) };
  }
}
