import { ArgumentError, sin, type Tensor } from '@softvq/core';
import { Linear, Module, uniform } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import type { PixelHead, PixelHeadOptions } from './pixel-head.js';

/** What the argument of every sine is multiplied by. */
const frequency = 30;

/** sin(30 · (weight · x + bias)) with the first values of Sitzmann et al., 2020. */
class SineLayer extends Module {
  readonly linear: Linear;

  constructor(inputs: number, outputs: number, { first, random }: { first: boolean; random: RandomStream }) {
    super();
    const bound = first ? 1 / inputs : Math.sqrt(6 / inputs) / frequency;
    const initializers = { weight: uniform({ low: -bound, high: bound }) };
    this.linear = new Linear(inputs, outputs, { initializers, random });
  }

  forward(x: Tensor): Tensor {
    return sin(this.linear.forward(x).mul(frequency));
  }
}

/**
 * Tokens to pixels by two sine layers (Sitzmann et al., "Implicit Neural Representations with Periodic Activation
 * Functions", 2020). The numbers of all tokens in order are the image, so their count must fit: `imageSize` is the
 * square of `patchSize`.
 */
export class SineHead extends Module implements PixelHead {
  readonly lastLayer = 'model.1.linear.weight';
  readonly model: readonly [SineLayer, SineLayer];
  private readonly imageSize: number;

  /** @throws ArgumentError for sizes that do not fit. */
  constructor({ width, imageSize, patchSize, random }: PixelHeadOptions) {
    super();
    if (imageSize !== patchSize ** 2) {
      throw new ArgumentError(
        `the pixel head "siren" makes one row of pixels of each token: images in patches of ${patchSize} must be ${patchSize ** 2} high, not ${imageSize}`,
      );
    }
    this.model = [
      new SineLayer(width, 2 * width, { first: true, random: random.child('0') }),
      new SineLayer(2 * width, 3 * imageSize, { first: false, random: random.child('1') }),
    ];
    this.imageSize = imageSize;
  }

  forward(patches: Tensor): Tensor {
    const numbers = this.model.reduce((x, layer) => layer.forward(x), patches);
    return numbers.reshape([patches.shape[0]!, 3, this.imageSize, this.imageSize]);
  }
}
