import { fromHost, sizeOf } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import { noise } from './noise.js';

/**
 * The same network with other numbers in every parameter. Initial values will not do: many are zeros, and an engine
 * keeps matrices of equal content only once, which takes less memory and time than trained ones do.
 */
export function withRandomWeights<Network extends Module>(network: Network): Network {
  const parameters = Object.entries(network.parameters()).map(([name, { shape }], i) => {
    const sizes = shape as readonly number[];
    const scale = sizes.length > 1 ? Math.sqrt(3 / sizeOf(sizes.slice(1))) : 0.1;
    const data = noise(sizeOf(sizes), i + 1).map((value) => scale * value);
    return [name, fromHost({ dtype: 'float32', shape: sizes, data })] as const;
  });
  return network.with(Object.fromEntries(parameters));
}
