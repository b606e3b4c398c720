import { ArgumentError } from '../errors.js';
import { greaterEqual, where } from '../operations/elementwise.js';
import type { Tensor } from '../tensor/tensor.js';

/** `x` / (1 - rate) where the uniform number reaches the rate and 0 elsewhere; the numbers broadcast to `x`. */
export function keep(x: Tensor, uniform: Tensor, rate: number): Tensor {
  return where(greaterEqual(uniform, rate), x.mul(1 / (1 - rate)), 0);
}

/** The rate, unless it is no probability below 1. */
export function dropRate(rate: number): number {
  if (rate >= 0 && rate < 1) return rate;
  throw new ArgumentError(`a drop rate lies from 0 to below 1, not at ${rate}`);
}
