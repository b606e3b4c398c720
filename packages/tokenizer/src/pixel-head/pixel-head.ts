import type { Tensor } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { ConvolutionalHead } from './convolutional-head.js';
import { LinearHead } from './linear-head.js';
import { SineHead } from './sine-head.js';

/** How a decoder's last tokens become pixels, by the names that configs have for it. */
export const pixelHeadNames = ['linear', 'conv', 'siren'] as const;
export type PixelHeadName = (typeof pixelHeadNames)[number];

export interface PixelHeadOptions {
  /** Of the tokens. */
  readonly width: number;
  /** Height and width of the images. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly random: RandomStream;
}

/** What a decoder ends with. */
export interface PixelHead extends Module {
  /** The name, within this module, of the weight that the pixels come from. */
  readonly lastLayer: string;
  /** A token for each patch (batch, patches, width), row by row, to images (batch, 3, imageSize, imageSize). */
  forward(patches: Tensor): Tensor;
}

/** @throws ArgumentError for sizes that the head cannot serve. */
export function pixelHead(name: PixelHeadName, options: PixelHeadOptions): PixelHead {
  switch (name) {
    case 'conv':
      return new ConvolutionalHead(options);
    case 'siren':
      return new SineHead(options);
    default:
      return new LinearHead(options);
  }
}
