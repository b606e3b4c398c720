import {
  ArgumentError,
  conv2d,
  formatShape,
  leakyRelu,
  pad,
  ShapeError,
  type Tensor,
  tensor,
} from '@softvq/core';
import { Conv2d, Linear, Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import type { Discriminator, DiscriminatorTraining } from './discriminator.js';

export interface StyleGanDiscriminatorOptions {
  /** Height and width of the images: 8, 16, … 1024. */
  readonly imageSize: number;
  /** Of the images. Default 3. */
  readonly channels?: number;
  /** Most channels of any layer, those at 4 to 32 pixels; larger sizes have fewer in proportion. Default 512. */
  readonly width?: number;
  readonly random?: RandomStream;
}

/** The side down to which blocks halve the image. */
const smallestSide = 4;

/**
 * The residual discriminator of StyleGAN 2 (Karras et al., 2020, figure 7c) without equalised learning rates and
 * minibatch statistics, as LlamaGen and SoftVQ offer it. One logit for an image. Parameters have their names.
 */
export class StyleGanDiscriminator extends Module implements Discriminator {
  /** Place 0: the convolution of the image. From place 2 on: a block for each halving. */
  readonly blocks: Readonly<Record<number, Conv2d | DownsamplingBlock>>;
  readonly final_conv: Readonly<Record<0, Conv2d>>;
  readonly final_linear: Readonly<Record<0 | 2, Linear>>;
  readonly imageSize: number;

  /** @throws ArgumentError for sizes that are no powers of two from 8 to 1024, or a width without whole parts. */
  constructor({
    imageSize,
    channels = 3,
    width = 512,
    random = new RandomStream({ seed: 0, name: 'discriminator' }),
  }: StyleGanDiscriminatorOptions) {
    super();
    const halvings = Math.log2(imageSize / smallestSide);
    if (!Number.isInteger(halvings) || halvings < 1 || imageSize > 1024) {
      throw new ArgumentError(
        `StyleGanDiscriminator: the image size is a power of two from 8 to 1024, not ${imageSize}`,
      );
    }
    const widthAt = (side: number): number => (width * 32) / Math.max(side, 32);
    if (!Number.isInteger(width) || !Number.isInteger(widthAt(imageSize)) || width < 1) {
      throw new ArgumentError(
        `StyleGanDiscriminator: a width of ${width} leaves ${widthAt(imageSize)} channels at ${imageSize} pixels`,
      );
    }
    const blocks: Record<number, Conv2d | DownsamplingBlock> = {
      0: new Conv2d(channels, widthAt(imageSize), {
        kernel: 3,
        padding: 1,
        random: random.child('blocks', 0),
      }),
    };
    for (let i = 0; i < halvings; i++) {
      const side = imageSize / 2 ** i;
      blocks[i + 2] = new DownsamplingBlock(widthAt(side), widthAt(side / 2), random.child('blocks', i + 2));
    }
    this.blocks = blocks;
    this.final_conv = {
      0: new Conv2d(width, width, { kernel: 3, padding: 1, random: random.child('final_conv', 0) }),
    };
    this.final_linear = {
      0: new Linear(width * smallestSide ** 2, width, { random: random.child('final_linear', 0) }),
      2: new Linear(width, 1, { random: random.child('final_linear', 2) }),
    };
    this.imageSize = imageSize;
  }

  /**
   * (batch, channels, imageSize, imageSize) to logits (batch, 1).
   *
   * @throws ShapeError for another size.
   */
  forward(images: Tensor): Tensor {
    const { imageSize } = this;
    const [batch, , height, width] = images.shape;
    if (images.rank !== 4 || height !== imageSize || width !== imageSize) {
      throw new ShapeError(
        `StyleGanDiscriminator takes (batch, channels, ${imageSize}, ${imageSize}), not ${formatShape(images.shape)}`,
      );
    }
    const features = Object.values(this.blocks).reduce(
      (x, block) => (block instanceof Conv2d ? leakyRelu(block.forward(x), slope) : block.forward(x)),
      images,
    );
    const flat = leakyRelu(this.final_conv[0].forward(features), slope).reshape([batch!, -1]);
    return this.final_linear[2].forward(leakyRelu(this.final_linear[0].forward(flat), slope));
  }

  /** As `forward`: there are no buffers. */
  train(images: Tensor): DiscriminatorTraining {
    return { logits: this.forward(images), buffers: {} };
  }
}

/** Half the height and width: two convolutions and a blurred third one beside a strided linear map. */
class DownsamplingBlock extends Module {
  readonly conv_res: Conv2d;
  readonly net: Readonly<Record<0 | 2, Conv2d>>;
  readonly downsample: Readonly<Record<1, Conv2d>>;

  constructor(inputs: number, outputs: number, random: RandomStream) {
    super();
    const window = { kernel: 3, padding: 1 };
    this.conv_res = new Conv2d(inputs, outputs, { kernel: 1, stride: 2, random: random.child('conv_res') });
    this.net = {
      0: new Conv2d(inputs, outputs, { ...window, random: random.child('net', 0) }),
      2: new Conv2d(outputs, outputs, { ...window, random: random.child('net', 2) }),
    };
    this.downsample = {
      1: new Conv2d(outputs, outputs, { ...window, stride: 2, random: random.child('downsample', 1) }),
    };
  }

  /** The window of the blur, which never changes. */
  override get unusedNames(): readonly string[] {
    return ['downsample.0.f'];
  }

  forward(x: Tensor): Tensor {
    const hidden = leakyRelu(this.net[2].forward(leakyRelu(this.net[0].forward(x), slope)), slope);
    const main = this.downsample[1].forward(blur(hidden));
    // The sum of two that are alike keeps its variance.
    return main.add(this.conv_res.forward(x)).mul(Math.SQRT1_2);
  }
}

/** Of the leaky ReLUs below 0. */
const slope = 0.2;

/** Each channel filtered with [1 2 1] ⊗ [1 2 1] / 16, mirrored at the borders. */
function blur(x: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape;
  const window = tensor(
    [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16),
    { shape: [1, 1, 3, 3] },
  );
  const mirrored = pad(
    x,
    [
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ],
    { mode: 'reflect' },
  );
  // Channels as images of their own: one window serves all.
  const planes = mirrored.reshape([-1, 1, (height as number) + 2, (width as number) + 2]);
  return conv2d(planes, window).reshape([batch!, channels!, height!, width!]);
}
