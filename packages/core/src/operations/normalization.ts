import { applyOperation } from '../tensor/apply.js';
import { normalizeAxis } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';

export interface NormOptions {
  readonly weight?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
  /** Added to the variance before the root. */
  readonly epsilon?: number;
}

function present(...tensors: (Tensor | undefined)[]): Tensor[] {
  return tensors.filter((tensor) => tensor !== undefined);
}

/** Mean 0 and variance 1 over the last axis, then weight and bias of its size. */
export function layerNorm(x: Tensor, { weight, bias, epsilon = 1e-5 }: NormOptions = {}): Tensor {
  const scale = weight === undefined && bias !== undefined ? onesLike(bias) : weight;
  return applyOperation('layerNorm', [x, ...present(scale, bias)], { epsilon });
}

/** Divided by the root of the mean square over the last axis, then weight. */
export function rmsNorm(x: Tensor, { weight, epsilon = 1e-6 }: Omit<NormOptions, 'bias'> = {}): Tensor {
  return applyOperation('rmsNorm', [x, ...present(weight)], { epsilon });
}

/** x (batch, channels, …): mean 0 and variance 1 over each group of channels, then weight and bias (channels). */
export function groupNorm(
  x: Tensor,
  groups: number,
  { weight, bias, epsilon = 1e-5 }: NormOptions = {},
): Tensor {
  const scale = weight === undefined && bias !== undefined ? onesLike(bias) : weight;
  return applyOperation('groupNorm', [x, ...present(scale, bias)], { epsilon, groups });
}

export interface BatchNormOptions extends NormOptions {
  /** Per channel; of the batch itself while training, running averages afterwards. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** x (batch, channels, …) with given statistics, then weight and bias (channels). */
export function batchNorm(
  x: Tensor,
  { mean, variance, weight, bias, epsilon = 1e-5 }: BatchNormOptions,
): Tensor {
  const scale = weight === undefined && bias !== undefined ? onesLike(bias) : weight;
  return applyOperation('batchNorm', [x, mean, variance, ...present(scale, bias)], { epsilon });
}

/** Divided by the L2 norm along the axis, or by epsilon where that is larger. */
export function normalize(x: Tensor, axis = -1, epsilon = 1e-12): Tensor {
  return applyOperation('normalize', [x], { axis: normalizeAxis('normalize', axis, x.rank), epsilon });
}

function onesLike({ shape, dtype }: Tensor): Tensor {
  return applyOperation('fill', [], { value: 1, shape, dtype });
}
