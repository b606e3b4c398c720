import { applyOperation } from '../tensor/apply.js';
import { normalizeAxes, normalizeAxis } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Axes, ReduceOptions } from './reductions.js';

/** Non-negative, adding up to 1 along the axis. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return applyOperation('softmax', [x], { axis: normalizeAxis('softmax', axis, x.rank) });
}

export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return applyOperation('logSoftmax', [x], { axis: normalizeAxis('logSoftmax', axis, x.rank) });
}

/** log Σ eˣ, without overflow. */
export function logSumExp(x: Tensor, axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
  return applyOperation('logSumExp', [x], { axes: normalizeAxes('logSumExp', axes, x.rank), keepDims });
}

/** x · Φ(x); `tanh` is the approximation that DiT and GPT-2 were trained with. */
export function gelu(
  x: Tensor,
  { approximate = 'none' }: { readonly approximate?: 'none' | 'tanh' } = {},
): Tensor {
  return applyOperation('gelu', [x], { approximate });
}

/** x · sigmoid(x), also called swish. */
export function silu(x: Tensor): Tensor {
  return applyOperation('silu', [x], {});
}

export function relu(x: Tensor): Tensor {
  return applyOperation('relu', [x], {});
}

/** x, or slope · x below 0. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return applyOperation('leakyRelu', [x], { slope });
}

/** log(1 + eˣ), without overflow. */
export function softplus(x: Tensor): Tensor {
  return applyOperation('softplus', [x], {});
}
