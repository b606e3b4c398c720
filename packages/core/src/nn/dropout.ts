import type { Tensor } from '../tensor/tensor.js';
import { dropRate, keep } from './keep.js';
import { Module } from './module.js';
import type { TracedRandom } from './traced-random.js';

/** Sets elements to 0 by chance and scales the others up, so that the mean stays. */
export class Dropout extends Module {
  readonly rate: number;

  /** @param rate probability that an element is dropped, from 0 to below 1. */
  constructor(rate: number) {
    super();
    this.rate = dropRate(rate);
  }

  /** Whether a call with this source of randomness drops anything. */
  drops(random: TracedRandom | undefined): random is TracedRandom {
    return this.rate > 0 && random !== undefined;
  }

  /** @param random without it, as in evaluation, nothing is dropped. */
  forward(x: Tensor, random?: TracedRandom): Tensor {
    return this.drops(random) ? keep(x, random.uniform(x.shape), this.rate) : x;
  }
}
