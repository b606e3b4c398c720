import { take } from '../operations/indexing.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Initializer, normal } from './initializers.js';
import { Module } from './module.js';
import { defaultRandom, parameter, type RandomOptions } from './parameter.js';

export interface EmbeddingOptions extends RandomOptions {
  /** Default standard normal. */
  readonly initializer?: Initializer;
}

/** A table with a row for each index, as `torch.nn.Embedding`. */
export class Embedding extends Module {
  /** (count, width). */
  readonly weight: Tensor;

  constructor(
    count: number,
    width: number,
    { initializer = normal(), random = defaultRandom() }: EmbeddingOptions = {},
  ) {
    super();
    this.weight = parameter([count, width], initializer, random, 'weight');
  }

  /** Indices (…), int32 or int64 from 0 to below count, to (…, width). */
  forward(indices: Tensor): Tensor {
    return take(this.weight, indices);
  }
}
