import type { Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type Encoding, ImageTokenizer, type ImageTokenizerOptions } from './image-tokenizer.js';

/** The plain sibling of SoftVQ: latents are the encoder's tokens, not constrained at all. */
export class AE extends ImageTokenizer {
  constructor(options: ImageTokenizerOptions) {
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'ae' });
    super(options, random, options.latentWidth);
  }

  quantized(images: Tensor): Encoding {
    return { latents: this.encodedTokens(images) };
  }
}
