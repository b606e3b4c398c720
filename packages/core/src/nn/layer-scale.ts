import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { filled } from './parameter.js';

/** Each channel times a learned factor (Touvron et al., "Going deeper with Image Transformers", 2021). */
export class LayerScale extends Module {
  /** (width). */
  readonly gamma: Tensor;

  /** @param initial value of every factor, 1e-5 in DINOv2. */
  constructor(width: number, initial = 1e-5) {
    super();
    this.gamma = filled([width], initial);
  }

  /** (…, width) to the same. */
  forward(x: Tensor): Tensor {
    return x.mul(this.gamma);
  }
}
