import type { Tensor } from '@softvq/core';
import { Linear, Module } from '@softvq/core/nn';
import type { PixelHead, PixelHeadOptions } from './pixel-head.js';

/** Each token to the pixels of its patch, by one linear map. */
export class LinearHead extends Module implements PixelHead {
  readonly lastLayer = 'model.weight';
  /** To rows of pixels of three channels each. */
  readonly model: Linear;
  private readonly patchSize: number;
  private readonly side: number;

  constructor({ width, imageSize, patchSize, random }: PixelHeadOptions) {
    super();
    this.model = new Linear(width, 3 * patchSize ** 2, { random });
    this.patchSize = patchSize;
    this.side = imageSize / patchSize;
  }

  forward(patches: Tensor): Tensor {
    const { side, patchSize: p } = this;
    return this.model
      .forward(patches)
      .reshape([patches.shape[0]!, side, side, p, p, 3])
      .transpose([0, 5, 1, 3, 2, 4])
      .reshape([patches.shape[0]!, 3, side * p, side * p]);
  }
}
