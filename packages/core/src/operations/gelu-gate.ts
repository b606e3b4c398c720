import type { Tensor } from '../tensor/tensor.js';
import { erf, sigmoid } from './elementwise.js';

/** What GELU by tanh takes the sigmoid of, divided by x, as a polynomial in x²: its coefficients. */
export const tanhGelu = {
  constant: 2 * Math.sqrt(2 / Math.PI),
  square: 2 * Math.sqrt(2 / Math.PI) * 0.044715,
};

/** The share of x that GELU lets through, Φ(x), or what stands for it: GELU is x times it. */
export function geluGate(x: Tensor, approximate: 'none' | 'tanh'): Tensor {
  if (approximate === 'none') return erf(x.mul(Math.SQRT1_2)).add(1).mul(0.5);
  // (1 + tanh(u)) / 2 is sigmoid(2u).
  return sigmoid(x.square().mul(tanhGelu.square).add(tanhGelu.constant).mul(x));
}
