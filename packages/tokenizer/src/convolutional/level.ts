import type { Tensor } from '@softvq/core';
import { Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { AttentionBlock } from './attention-block.js';
import { Downsample, Upsample } from './resampling.js';
import { ResidualBlock } from './residual-block.js';

interface LevelOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly residualBlocks: number;
  /** Whether attention follows every residual block. */
  readonly attends: boolean;
  /** The way to the next level, where there is one. */
  readonly resampling?: 'down' | 'up' | undefined;
  readonly random: RandomStream;
}

/** The blocks of one resolution and the way to the next. */
export class Level extends Module {
  readonly res: readonly ResidualBlock[];
  /** One for each residual block, or none. */
  readonly attn: readonly AttentionBlock[];
  readonly downsample: Downsample | undefined;
  readonly upsample: Upsample | undefined;

  constructor({ inputs, outputs, residualBlocks, attends, resampling, random }: LevelOptions) {
    super();
    this.res = Array.from(
      { length: residualBlocks },
      (_, i) => new ResidualBlock(i === 0 ? inputs : outputs, outputs, random.child('res', i)),
    );
    this.attn = attends ? this.res.map((_, i) => new AttentionBlock(outputs, random.child('attn', i))) : [];
    this.downsample = resampling === 'down' ? new Downsample(outputs, random.child('downsample')) : undefined;
    this.upsample = resampling === 'up' ? new Upsample(outputs, random.child('upsample')) : undefined;
  }

  /** (batch, inputs, height, width) to (batch, outputs, …), of half or twice the sides where it leads on. */
  forward(x: Tensor): Tensor {
    const hidden = this.res.reduce((before, block, i) => {
      const next = block.forward(before);
      return this.attn[i]?.forward(next) ?? next;
    }, x);
    return (this.downsample ?? this.upsample)?.forward(hidden) ?? hidden;
  }
}
