import { add, arange, type Shape, sin, sum, type Tensor, tensor } from '@softvq/core';

/** One scalar that every floating element counts in, each with a weight of its own. */
export function weightedSum(tensors: readonly Tensor[]): Tensor {
  return tensors
    .filter(({ dtype }) => dtype === 'float32' || dtype === 'float64')
    .map((each) => sum(each.mul(unevenWeights(each))))
    .reduce(add);
}

const frequency = 1.7;
const phase = 0.5;

/** Constants where the shape is known, so that gradients of other operations do not depend on `sin` and `arange`. */
function unevenWeights({ shape, size, dtype }: Tensor): Tensor {
  if (typeof size !== 'number') return sin(arange(size, { dtype }).mul(frequency).add(phase)).reshape(shape);
  const weights = Array.from({ length: size }, (_, i) => Math.sin(frequency * i + phase));
  return tensor(weights, { dtype, shape: staticSizes(shape) });
}

function staticSizes(shape: Shape): number[] {
  return shape.map(Number);
}
