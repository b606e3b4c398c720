import { ArgumentError, silu, type Tensor } from '@softvq/core';
import { Conv2d, GroupNorm, Linear, Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';

export interface ClassifierOptions {
  readonly classes: number;
  /** Channels after each convolution, multiples of 8; the last are the features. Default 32, 64, 128, 128, 64. */
  readonly widths?: readonly number[];
  /** Of the initial values. Default 0. */
  readonly seed?: number;
}

/** Channels after each convolution. */
export const usualWidths = [32, 64, 128, 128, 64];
const channelsInGroup = 8;

/** A convolution, a group norm and SiLU. */
class ConvolutionStage extends Module {
  readonly conv: Conv2d;
  readonly norm: GroupNorm;

  constructor(inputs: number, outputs: number, stride: number, random: RandomStream) {
    super();
    this.conv = new Conv2d(inputs, outputs, { kernel: 3, stride, padding: 1, random });
    this.norm = new GroupNorm(outputs / channelsInGroup, outputs);
  }

  /** (batch, inputs, height, width) to (batch, outputs, height / stride, width / stride). */
  forward(x: Tensor): Tensor {
    return silu(this.norm.forward(this.conv.forward(x)));
  }
}

/**
 * A small convolutional classifier of emoji. Its features are what Fréchet distances are taken over; no generator is
 * trained with it.
 */
export class EmojiClassifier extends Module {
  readonly stages: readonly ConvolutionStage[];
  readonly head: Linear;
  /** How many features a picture has. */
  readonly featureWidth: number;

  /** @throws ArgumentError for widths that are not multiples of 8. */
  constructor({ classes, widths = usualWidths, seed = 0 }: ClassifierOptions) {
    super();
    if (widths.length === 0 || widths.some((width) => width < 1 || width % channelsInGroup !== 0)) {
      throw new ArgumentError(
        `widths are multiples of ${channelsInGroup}, one at least, not [${widths.join(', ')}]`,
      );
    }
    const random = new RandomStream({ seed, name: 'emoji-evaluation/classifier' });
    const last = widths.length - 1;
    // Each stage but the last halves height and width.
    this.stages = widths.map(
      (width, i) =>
        new ConvolutionStage(widths[i - 1] ?? 3, width, i === last ? 1 : 2, random.child('stage', i)),
    );
    this.featureWidth = widths[last]!;
    this.head = new Linear(this.featureWidth, classes, { random: random.child('head') });
  }

  /** (batch, 3, height, width) in [-1, 1] to (batch, featureWidth): means over space of the last activations. */
  features(images: Tensor): Tensor {
    return this.stages.reduce((x, stage) => stage.forward(x), images).mean([2, 3]);
  }

  /** (batch, featureWidth) to (batch, classes). */
  logits(features: Tensor): Tensor {
    return this.head.forward(features);
  }
}
