import { silu, type Tensor } from '@softvq/core';
import { Conv2d, type GroupNorm, Module, type Sequential } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { groupNorm } from './group-norm.js';
import { Level } from './level.js';
import { middle } from './middle.js';
import type { TrunkPlan } from './trunk-options.js';

/** From a grid of features to pixels: the decoder of VQGAN (Esser et al., 2021), attending at its lowest resolution. */
export class ConvolutionalDecoder extends Module {
  readonly conv_in: Conv2d;
  readonly mid: Sequential;
  /** The lowest resolution first. */
  readonly conv_blocks: readonly Level[];
  readonly norm_out: GroupNorm;
  readonly conv_out: Conv2d;

  constructor({ widths, residualBlocks, encodedChannels }: TrunkPlan, random: RandomStream) {
    super();
    const highest = widths[0];
    const lowest = widths.at(-1)!;
    const ascending = widths.toReversed();
    this.conv_in = new Conv2d(encodedChannels, lowest, {
      kernel: 3,
      padding: 1,
      random: random.child('conv_in'),
    });
    this.mid = middle(lowest, random.child('mid'));
    this.conv_blocks = ascending.map(
      (outputs, i) =>
        new Level({
          inputs: ascending[i - 1] ?? lowest,
          outputs,
          residualBlocks: residualBlocks + 1,
          attends: i === 0,
          resampling: i === ascending.length - 1 ? undefined : 'up',
          random: random.child('conv_blocks', i),
        }),
    );
    this.norm_out = groupNorm(highest);
    this.conv_out = new Conv2d(highest, 3, { kernel: 3, padding: 1, random: random.child('conv_out') });
  }

  /**
   * Features (batch, encodedChannels, height, width), both sides static, to images
   * (batch, 3, f · height, f · width), nominally in [-1, 1].
   */
  forward(features: Tensor): Tensor {
    const lowest = this.mid.forward(this.conv_in.forward(features));
    const levels = this.conv_blocks.reduce((x, level) => level.forward(x), lowest);
    return this.conv_out.forward(silu(this.norm_out.forward(levels)));
  }
}
