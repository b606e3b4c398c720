import { ArgumentError, relu, resize, type Tensor } from '@softvq/core';
import { Conv2d, Module, Sequential } from '@softvq/core/nn';
import { gridOfTokens } from '../convolutional/grid-tokens.js';
import type { PixelHead, PixelHeadOptions } from './pixel-head.js';

/** Channels after the first convolution and after each doubling of height and width. */
const channels = [128, 64, 32, 16, 3] as const;
const patchSize = 2 ** (channels.length - 1);

/** The grid of tokens to pixels by convolutions, which see beyond the borders of patches. For patches of 16. */
export class ConvolutionalHead extends Module implements PixelHead {
  readonly lastLayer: string;
  readonly model: Sequential;

  /** @throws ArgumentError for other patches. */
  constructor({ width, imageSize, patchSize: given, random }: PixelHeadOptions) {
    super();
    if (given !== patchSize) {
      throw new ArgumentError(
        `the pixel head "conv" makes ${patchSize} rows of pixels of each row of tokens: the patch size must be ${patchSize}, not ${given}`,
      );
    }
    const side = imageSize / patchSize;
    const layers = channels.slice(1).flatMap((outputs, i) => [
      relu,
      doubled,
      new Conv2d(channels[i]!, outputs, {
        kernel: 3,
        padding: 1,
        random: random.child('convolution', i + 1),
      }),
    ]);
    this.model = new Sequential(
      (patches: Tensor) => gridOfTokens(patches, [side, side]),
      new Conv2d(width, channels[0], { kernel: 1, random: random.child('convolution', 0) }),
      ...layers,
    );
    this.lastLayer = `model.${layers.length + 1}.weight`;
  }

  forward(patches: Tensor): Tensor {
    return this.model.forward(patches);
  }
}

/** Every pixel four times. */
function doubled(x: Tensor): Tensor {
  const [height, width] = x.shape.slice(2) as [number, number];
  return resize(x, [2 * height, 2 * width], { method: 'nearest' });
}
