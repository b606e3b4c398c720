import type { Tensor } from '../tensor/tensor.js';
import { dropRate, keep } from './keep.js';
import { Module } from './module.js';
import type { TracedRandom } from './traced-random.js';

/**
 * Drops a residual branch of whole samples by chance and scales the others up (Huang et al., "Deep Networks with
 * Stochastic Depth", 2016).
 */
export class DropPath extends Module {
  readonly rate: number;

  /** @param rate probability that a sample's branch is dropped, from 0 to below 1. */
  constructor(rate: number) {
    super();
    this.rate = dropRate(rate);
  }

  /**
   * (batch, …) to the same.
   *
   * @param random without it, as in evaluation, nothing is dropped.
   */
  forward(x: Tensor, random?: TracedRandom): Tensor {
    if (this.rate === 0 || random === undefined) return x;
    const perSample = x.shape.map((size, axis) => (axis === 0 ? size : 1));
    return keep(x, random.uniform(perSample), this.rate);
  }
}
