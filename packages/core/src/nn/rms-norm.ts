import { rmsNorm } from '../operations/normalization.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { filled } from './parameter.js';

export interface RMSNormOptions {
  /** Added to the mean square before the root. Default 1e-6. */
  readonly epsilon?: number;
  /** Whether there is a weight. Default true. */
  readonly affine?: boolean;
}

/** Divided by the root of the mean square over the last axis, then weight, as `torch.nn.RMSNorm`. */
export class RMSNorm extends Module {
  /** (width), at first 1. */
  readonly weight: Tensor | undefined;
  readonly epsilon: number;

  constructor(width: number, { epsilon = 1e-6, affine = true }: RMSNormOptions = {}) {
    super();
    this.epsilon = epsilon;
    this.weight = affine ? filled([width], 1) : undefined;
  }

  /** (…, width) to the same. */
  forward(x: Tensor): Tensor {
    return rmsNorm(x, { weight: this.weight, epsilon: this.epsilon });
  }
}
