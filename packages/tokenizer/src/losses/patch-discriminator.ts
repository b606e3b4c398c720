import { ArgumentError, leakyRelu, type Tensor } from '@softvq/core';
import { BatchNorm, Conv2d, Module, normal, parameter } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { below, type Discriminator, type DiscriminatorTraining } from './discriminator.js';

export interface PatchDiscriminatorOptions {
  /** Of the images. Default 3. */
  readonly channels?: number;
  /** Channels after the first convolution. Default 64. */
  readonly width?: number;
  /** How many convolutions halve the resolution. Default 3, for a receptive field of 70 pixels. */
  readonly layers?: number;
  readonly random?: RandomStream;
}

/**
 * PatchGAN (Isola et al., 2017, section 3.2.2 and appendix 6.1.2): convolutions that judge overlapping patches, with
 * batch norm after all but the first and the last. Named as CycleGAN's `NLayerDiscriminator`.
 */
export class PatchDiscriminator extends Module implements Discriminator {
  readonly main: Readonly<Record<number, Conv2d | BatchNorm>>;

  /** @throws ArgumentError unless `layers` is a whole number from 1. */
  constructor({
    channels = 3,
    width = 64,
    layers = 3,
    random = new RandomStream({ seed: 0, name: 'discriminator' }),
  }: PatchDiscriminatorOptions = {}) {
    super();
    if (!Number.isInteger(layers) || layers < 1) {
      throw new ArgumentError(`PatchDiscriminator: layers must be a whole number from 1, not ${layers}`);
    }
    const main: Record<number, Conv2d | BatchNorm> = {};
    const convolution = (place: number, inputs: number, outputs: number, stride: number, bias: boolean) => {
      main[place] = new Conv2d(inputs, outputs, {
        kernel: 4,
        stride,
        padding: 1,
        bias,
        initializers: { weight: normal({ standardDeviation: 0.02 }) },
        random: random.child('main', place),
      });
    };
    const widthAfter = (layer: number): number => width * Math.min(2 ** layer, 8);
    convolution(0, channels, width, 2, true);
    // A convolution, a norm and an activation take three places.
    for (let layer = 1; layer <= layers; layer++) {
      const place = 3 * layer - 1;
      convolution(place, widthAfter(layer - 1), widthAfter(layer), layer < layers ? 2 : 1, false);
      main[place + 1] = batchNorm(widthAfter(layer), random.child('main', place + 1));
    }
    convolution(3 * layers + 2, widthAfter(layers), 1, 1, true);
    this.main = main;
  }

  /** (batch, channels, height, width) to logits of patches (batch, 1, rows, columns). */
  forward(images: Tensor): Tensor {
    return this.logits(images, (norm, x) => norm.forward(x));
  }

  /** Shapes as for `forward`; the buffers are the running statistics of the batch norms. */
  train(images: Tensor): DiscriminatorTraining {
    const buffers: Record<string, Tensor> = {};
    const logits = this.logits(images, (norm, x, name) => {
      const { output, statistics } = norm.train(x);
      Object.assign(buffers, below(name, statistics));
      return output;
    });
    return { logits, buffers };
  }

  private logits(images: Tensor, normalize: (norm: BatchNorm, x: Tensor, name: string) => Tensor): Tensor {
    return Object.entries(this.main).reduce((x, [place, layer]) => {
      if (layer instanceof BatchNorm) return leakyRelu(normalize(layer, x, `main.${place}`), slope);
      const convolved = layer.forward(x);
      return place === '0' ? leakyRelu(convolved, slope) : convolved;
    }, images);
  }
}

/** Of the leaky ReLU below 0. */
const slope = 0.2;

function batchNorm(channels: number, random: RandomStream): BatchNorm {
  const weight = parameter([channels], normal({ mean: 1, standardDeviation: 0.02 }), random, 'weight');
  return new BatchNorm(channels).with({ weight });
}
