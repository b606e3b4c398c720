import { type Tensor, tensor } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';

/** Normal numbers that depend on the name alone. */
export function randomTensor(name: string, shape: readonly number[], standardDeviation = 1): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = new RandomStream({ seed: 5, name }).normal(count, { standardDeviation });
  return tensor(values, { shape });
}

/** A module with random numbers in place of its initial ones, of which many are zeros and ones. */
export function withRandomValues<M extends Module>(module: M, standardDeviation = 0.5): M {
  const names = Object.entries(module.stateDict());
  return module.with(
    Object.fromEntries(
      names.map(([name, { shape }]) => [
        name,
        randomTensor(name, shape as readonly number[], standardDeviation),
      ]),
    ),
  );
}
