import { silu, type Tensor } from '@softvq/core';
import { Conv2d, type GroupNorm, Module, type Sequential } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { groupNorm } from './group-norm.js';
import { Level } from './level.js';
import { middle } from './middle.js';
import type { TrunkPlan } from './trunk-options.js';

/** From pixels to a grid of features: the encoder of VQGAN (Esser et al., 2021), attending at its lowest resolution. */
export class ConvolutionalEncoder extends Module {
  readonly conv_in: Conv2d;
  /** The resolution of the images first. */
  readonly conv_blocks: readonly Level[];
  readonly mid: Sequential;
  readonly norm_out: GroupNorm;
  readonly conv_out: Conv2d;

  constructor({ widths, residualBlocks, encodedChannels }: TrunkPlan, random: RandomStream) {
    super();
    const highest = widths[0];
    const lowest = widths.at(-1)!;
    this.conv_in = new Conv2d(3, highest, { kernel: 3, padding: 1, random: random.child('conv_in') });
    this.conv_blocks = widths.map((outputs, i) => {
      const last = i === widths.length - 1;
      return new Level({
        inputs: widths[i - 1] ?? highest,
        outputs,
        residualBlocks,
        attends: last,
        resampling: last ? undefined : 'down',
        random: random.child('conv_blocks', i),
      });
    });
    this.mid = middle(lowest, random.child('mid'));
    this.norm_out = groupNorm(lowest);
    this.conv_out = new Conv2d(lowest, encodedChannels, {
      kernel: 3,
      padding: 1,
      random: random.child('conv_out'),
    });
  }

  /**
   * Images (batch, 3, height, width), both sides static and multiples of the factor f, to
   * (batch, encodedChannels, height / f, width / f).
   */
  forward(images: Tensor): Tensor {
    const levels = this.conv_blocks.reduce((x, level) => level.forward(x), this.conv_in.forward(images));
    return this.conv_out.forward(silu(this.norm_out.forward(this.mid.forward(levels))));
  }
}
