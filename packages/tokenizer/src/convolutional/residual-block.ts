import { silu, type Tensor } from '@softvq/core';
import { Conv2d, type GroupNorm, Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { groupNorm } from './group-norm.js';

/** Two convolutions, each after a norm and an activation, beside a shortcut (He et al., 2016). */
export class ResidualBlock extends Module {
  readonly norm1: GroupNorm;
  readonly conv1: Conv2d;
  readonly norm2: GroupNorm;
  readonly conv2: Conv2d;
  /** Where the number of channels changes; otherwise the shortcut is the input. */
  readonly nin_shortcut: Conv2d | undefined;

  constructor(inputs: number, outputs: number, random: RandomStream) {
    super();
    this.norm1 = groupNorm(inputs);
    this.conv1 = new Conv2d(inputs, outputs, { kernel: 3, padding: 1, random: random.child('conv1') });
    this.norm2 = groupNorm(outputs);
    this.conv2 = new Conv2d(outputs, outputs, { kernel: 3, padding: 1, random: random.child('conv2') });
    this.nin_shortcut =
      inputs === outputs
        ? undefined
        : new Conv2d(inputs, outputs, { kernel: 1, random: random.child('nin_shortcut') });
  }

  /** (batch, inputs, height, width) to (batch, outputs, height, width). */
  forward(x: Tensor): Tensor {
    const hidden = this.conv1.forward(silu(this.norm1.forward(x)));
    const residual = this.conv2.forward(silu(this.norm2.forward(hidden)));
    return (this.nin_shortcut?.forward(x) ?? x).add(residual);
  }
}
