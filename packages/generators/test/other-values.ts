import { fromHost } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';

/** A copy whose parameters are small random numbers, where networks start with zeros in places. */
export function withOtherValues<M extends Module>(module: M, seed: number, standardDeviation = 0.3): M {
  const parameters = Object.entries(module.parameters()).map(([name, { shape }]) => {
    const sizes = shape as readonly number[];
    const count = sizes.reduce((product, size) => product * size, 1);
    const data = new RandomStream({ seed, name }).normal(count, { standardDeviation });
    return [name, fromHost({ dtype: 'float32', shape: sizes, data })] as const;
  });
  return module.with(Object.fromEntries(parameters));
}
