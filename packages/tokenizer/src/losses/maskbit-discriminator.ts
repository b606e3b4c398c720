import { ArgumentError, leakyRelu, maxPool2d, type Tensor } from '@softvq/core';
import { Conv2d, GroupNorm, Module, normal } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import type { Discriminator, DiscriminatorTraining } from './discriminator.js';

export interface MaskBitDiscriminatorOptions {
  /** Of the images. Default 3. */
  readonly channels?: number;
  /** Channels after the first convolution, a multiple of 32. Default 64. */
  readonly width?: number;
  /** How many convolutions halve the resolution. Default 3. */
  readonly layers?: number;
  readonly random?: RandomStream;
}

/**
 * The PatchGAN of MaskBit's tokenizer (Weber et al., 2024, section 3) as SoftVQ's official code offers it: windows of
 * 3×3, group norm before all convolutions but the first and the last, and a max-pool before the last. Judgements do
 * not depend on other images of the batch. Layers are numbered as in one `torch.nn.Sequential` called `main`.
 */
export class MaskBitDiscriminator extends Module implements Discriminator {
  readonly main: Readonly<Record<number, Conv2d | GroupNorm>>;

  /** @throws ArgumentError unless `layers` is a whole number from 1 and `width` a multiple of 32. */
  constructor({
    channels = 3,
    width = 64,
    layers = 3,
    random = new RandomStream({ seed: 0, name: 'discriminator' }),
  }: MaskBitDiscriminatorOptions = {}) {
    super();
    if (!Number.isInteger(layers) || layers < 1) {
      throw new ArgumentError(`MaskBitDiscriminator: layers must be a whole number from 1, not ${layers}`);
    }
    const main: Record<number, Conv2d | GroupNorm> = {};
    const convolution = (place: number, inputs: number, outputs: number, stride: number): void => {
      main[place] = new Conv2d(inputs, outputs, {
        kernel: 3,
        stride,
        padding: 1,
        initializers: { weight: normal({ standardDeviation: 0.02 }) },
        random: random.child('main', place),
      });
    };
    const widthAfter = (layer: number): number => width * Math.min(2 ** Math.max(layer - 1, 0), 8);
    convolution(0, channels, width, 2);
    // A norm, a convolution and an activation take three places; the first norm comes after convolution and activation.
    for (let layer = 1; layer <= layers; layer++) {
      const place = 3 * layer - 1;
      main[place] = new GroupNorm(normGroups, widthAfter(layer - 1), { epsilon: 1e-6 });
      convolution(place + 1, widthAfter(layer - 1), widthAfter(layer), layer < layers ? 2 : 1);
    }
    // The max-pool takes a place, too.
    convolution(3 * layers + 3, widthAfter(layers), 1, 1);
    this.main = main;
  }

  /** (batch, channels, height, width) to logits of patches (batch, 1, rows, columns). */
  forward(images: Tensor): Tensor {
    const last = Object.keys(this.main).at(-1);
    return Object.entries(this.main).reduce((x, [place, layer]) => {
      if (layer instanceof GroupNorm) return layer.forward(x);
      if (place === last) return layer.forward(maxPool2d(x, { kernel: 2 }));
      return leakyRelu(layer.forward(x), 0.2);
    }, images);
  }

  /** As `forward`: there are no buffers. */
  train(images: Tensor): DiscriminatorTraining {
    return { logits: this.forward(images), buffers: {} };
  }
}

const normGroups = 32;
