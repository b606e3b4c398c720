import { type Tensor, tensor } from '@softvq/core';
import { Lpips } from '../../src/losses/index.js';

/** Numbers in [-1, 1) that are defined instead of stored: element i of the tensor with a salt. */
export function hashNumbers(count: number, salt: number): Float32Array {
  const start = Math.imul(salt, 0x9e3779b1);
  return Float32Array.from({ length: count }, (_, i) => {
    let x = (i + start) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x45d9f3b) >>> 0;
    x = (x ^ (x >>> 16)) >>> 0;
    return x / 2 ** 31 - 1;
  });
}

let lpipsWeights: ReadonlyMap<string, Tensor> | undefined;

/** The weights of the golden LPIPS, by the names of the network they were defined for. A copy of the map. */
export function lpipsHashWeights(): Map<string, Tensor> {
  lpipsWeights ??= makeLpipsWeights();
  return new Map(lpipsWeights);
}

function makeLpipsWeights(): Map<string, Tensor> {
  const shapes = new Map(
    Object.entries(new Lpips().stateDict()).map(([name, { shape }]) => [name, shape as readonly number[]]),
  );
  const slices = [...shapes.keys()]
    .filter((name) => name.startsWith('net.'))
    .map((name) => name.slice('net.'.length))
    .sort();
  const weights = new Map<string, Tensor>();
  for (const [index, name] of slices.entries()) {
    const shape = shapes.get(`net.${name}`)!;
    const scale = shape.length >= 2 ? Math.sqrt(3 / product(shape.slice(1))) : 0.1;
    const numbers = hashNumbers(product(shape), 1000 + index).map((u) => u * scale);
    weights.set(name, tensor(numbers, { shape }));
  }
  for (let depth = 0; depth < 5; depth++) {
    const name = `lin${depth}.model.1.weight`;
    const shape = shapes.get(name)!;
    weights.set(name, tensor(hashNumbers(product(shape), 2000 + depth).map(Math.abs), { shape }));
  }
  return weights;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}
