import { layerNorm } from '../operations/normalization.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { filled } from './parameter.js';

export interface LayerNormOptions {
  /** Added to the variance before the root. Default 1e-5. */
  readonly epsilon?: number;
  /** Whether there are a weight and a bias. Default true. */
  readonly affine?: boolean;
}

/** Mean 0 and variance 1 over the last axis, then weight and bias, as `torch.nn.LayerNorm`. */
export class LayerNorm extends Module {
  /** (width), at first 1. */
  readonly weight: Tensor | undefined;
  /** (width), at first 0. */
  readonly bias: Tensor | undefined;
  readonly epsilon: number;

  constructor(width: number, { epsilon = 1e-5, affine = true }: LayerNormOptions = {}) {
    super();
    this.epsilon = epsilon;
    this.weight = affine ? filled([width], 1) : undefined;
    this.bias = affine ? filled([width], 0) : undefined;
  }

  /** (…, width) to the same. */
  forward(x: Tensor): Tensor {
    const { weight, bias, epsilon } = this;
    return layerNorm(x, { weight, bias, epsilon });
  }
}
