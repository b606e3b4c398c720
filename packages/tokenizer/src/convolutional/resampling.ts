import { pad, resize, type Tensor } from '@softvq/core';
import { Conv2d, Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';

/** Half the height and width. */
export class Downsample extends Module {
  readonly conv: Conv2d;

  constructor(channels: number, random: RandomStream) {
    super();
    this.conv = new Conv2d(channels, channels, { kernel: 3, stride: 2, random: random.child('conv') });
  }

  /** (batch, channels, height, width), both sides even, to (batch, channels, height / 2, width / 2). */
  forward(x: Tensor): Tensor {
    // Zeros on the right and at the bottom only, as the checkpoints were trained.
    const padding = [
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 1],
    ] as const;
    return this.conv.forward(pad(x, padding));
  }
}

/** Twice the height and width: every place repeated, then a convolution. */
export class Upsample extends Module {
  readonly conv: Conv2d;

  constructor(channels: number, random: RandomStream) {
    super();
    this.conv = new Conv2d(channels, channels, { kernel: 3, padding: 1, random: random.child('conv') });
  }

  /** (batch, channels, height, width), both sides static, to (batch, channels, 2 · height, 2 · width). */
  forward(x: Tensor): Tensor {
    const [height, width] = x.shape.slice(2) as [number, number];
    return this.conv.forward(resize(x, [2 * height, 2 * width], { method: 'nearest' }));
  }
}
