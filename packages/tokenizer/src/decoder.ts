import type { Tensor } from '@softvq/core';
import type { TracedRandom } from '@softvq/core/nn';
import { PatchDecoder, type PatchDecoderOptions } from './patch-decoder.js';
import { type PixelHead, type PixelHeadName, pixelHead } from './pixel-head/pixel-head.js';

export interface DecoderOptions extends PatchDecoderOptions {
  /** Default `linear`. */
  readonly pixelHead?: PixelHeadName | undefined;
}

/** Paints an image from mask tokens that attend to the latent tokens. */
export class Decoder extends PatchDecoder {
  readonly to_pixel: PixelHead;

  constructor(options: DecoderOptions) {
    super(options);
    const random = options.random.child('to_pixel');
    this.to_pixel = pixelHead(options.pixelHead ?? 'linear', { ...options, random });
  }

  /** As `patches`, to images (batch, 3, imageSize, imageSize), nominally in [-1, 1]. */
  forward(tokens: Tensor, latents: Tensor, random?: TracedRandom): Tensor {
    return this.to_pixel.forward(this.patches(tokens, latents, random));
  }
}
