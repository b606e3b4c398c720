import type { Tensor } from '@softvq/core';
import { Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { AttentionBlock } from './attention-block.js';
import { ResidualBlock } from './residual-block.js';

export interface LevelOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly residualBlocks: number;
  /** Whether attention follows every residual block. */
  readonly attends: boolean;
  readonly random: RandomStream;
}

/** The blocks of one resolution. */
export class Level extends Module {
  readonly res: readonly ResidualBlock[];
  /** One for each residual block, or none. */
  readonly attn: readonly AttentionBlock[];

  constructor({ inputs, outputs, residualBlocks, attends, random }: LevelOptions) {
    super();
    this.res = Array.from(
      { length: residualBlocks },
      (_, i) => new ResidualBlock(i === 0 ? inputs : outputs, outputs, random.child('res', i)),
    );
    this.attn = attends ? this.res.map((_, i) => new AttentionBlock(outputs, random.child('attn', i))) : [];
  }

  /** (batch, inputs, height, width) to (batch, outputs, height, width). */
  forward(x: Tensor): Tensor {
    return this.res.reduce((hidden, block, i) => {
      const next = block.forward(hidden);
      return this.attn[i]?.forward(next) ?? next;
    }, x);
  }
}
