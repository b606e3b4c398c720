import { ArgumentError } from '../errors.js';
import { groupNorm } from '../operations/normalization.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { filled } from './parameter.js';

export interface GroupNormOptions {
  /** Added to the variance before the root. Default 1e-5. */
  readonly epsilon?: number;
  /** Whether there are a weight and a bias. Default true. */
  readonly affine?: boolean;
}

/** Mean 0 and variance 1 over each group of channels and space, then weight and bias, as `torch.nn.GroupNorm`. */
export class GroupNorm extends Module {
  /** (channels), at first 1. */
  readonly weight: Tensor | undefined;
  /** (channels), at first 0. */
  readonly bias: Tensor | undefined;
  readonly groups: number;
  readonly epsilon: number;

  /** @param groups must divide the channels. */
  constructor(groups: number, channels: number, { epsilon = 1e-5, affine = true }: GroupNormOptions = {}) {
    super();
    if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
      throw new ArgumentError(`GroupNorm: ${channels} channels do not divide into ${groups} groups`);
    }
    this.groups = groups;
    this.epsilon = epsilon;
    this.weight = affine ? filled([channels], 1) : undefined;
    this.bias = affine ? filled([channels], 0) : undefined;
  }

  /** (batch, channels, …) to the same. */
  forward(x: Tensor): Tensor {
    const { weight, bias, epsilon } = this;
    return groupNorm(x, this.groups, { weight, bias, epsilon });
  }
}
