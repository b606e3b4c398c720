import { linear } from '../operations/products.js';
import type { Tensor } from '../tensor/tensor.js';
import { torchBias, torchWeight } from './initializers.js';
import { Module } from './module.js';
import { defaultRandom, type InitializerOptions, parameter, type RandomOptions } from './parameter.js';

export interface LinearOptions extends RandomOptions, InitializerOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/** x · weightᵀ + bias over the last axis, as `torch.nn.Linear`. */
export class Linear extends Module {
  /** (outputs, inputs). */
  readonly weight: Tensor;
  /** (outputs). */
  readonly bias: Tensor | undefined;

  constructor(
    inputs: number,
    outputs: number,
    { bias = true, initializers = {}, random = defaultRandom() }: LinearOptions = {},
  ) {
    super();
    this.weight = parameter([outputs, inputs], initializers.weight ?? torchWeight(), random, 'weight');
    this.bias = bias
      ? parameter([outputs], initializers.bias ?? torchBias(inputs), random, 'bias')
      : undefined;
  }

  /** (…, inputs) to (…, outputs). */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
