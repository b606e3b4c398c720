import { scaledDotProductAttention, type Tensor } from '@softvq/core';
import { Conv2d, type GroupNorm, Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { gridOfTokens, tokensOfGrid } from './grid-tokens.js';
import { groupNorm } from './group-norm.js';

/** Attention of all places of a grid to each other with one head as wide as the grid is deep, beside a shortcut. */
export class AttentionBlock extends Module {
  readonly norm: GroupNorm;
  readonly q: Conv2d;
  readonly k: Conv2d;
  readonly v: Conv2d;
  readonly proj_out: Conv2d;

  constructor(channels: number, random: RandomStream) {
    super();
    const projection = (name: string): Conv2d =>
      new Conv2d(channels, channels, { kernel: 1, random: random.child(name) });
    this.norm = groupNorm(channels);
    this.q = projection('q');
    this.k = projection('k');
    this.v = projection('v');
    this.proj_out = projection('proj_out');
  }

  /** (batch, channels, height, width) to the same; height and width static. */
  forward(x: Tensor): Tensor {
    const normalized = this.norm.forward(x);
    const [query, key, value] = [this.q, this.k, this.v].map((projection) =>
      tokensOfGrid(projection.forward(normalized)),
    ) as [Tensor, Tensor, Tensor];
    const [height, width] = x.shape.slice(2) as [number, number];
    const attended = gridOfTokens(scaledDotProductAttention(query, key, value), [height, width]);
    return x.add(this.proj_out.forward(attended));
  }
}
