import { split, type Tensor } from '@softvq/core';
import { constant, Linear } from '@softvq/core/nn';

/** A linear layer that starts as nothing: its weights and biases are 0. */
export function zeroLinear(inputs: number, outputs: number): Linear {
  return new Linear(inputs, outputs, { initializers: { weight: constant(0), bias: constant(0) } });
}

/** The modulations that a linear layer makes of an activated condition (…, width): `count` tensors of one width. */
export function modulations(layer: Linear, condition: Tensor, count: number): Tensor[] {
  return split(layer.forward(condition), count, -1);
}

/** x · (1 + scale) + shift. */
export function modulate(x: Tensor, shift: Tensor, scale: Tensor): Tensor {
  return x.mul(scale.add(1)).add(shift);
}
