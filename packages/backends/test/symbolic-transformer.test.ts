import { compile, fromHost, type HostArray, setDefaultBackend, type Tensor } from '@softvq/core';
import { Module, TransformerBlock } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cpu } from '../src/cpu/index.js';
import { reference } from '../src/reference/index.js';
import { residentMemory } from './resident-memory.js';

const width = 1152;
const random = new RandomStream({ seed: 3, name: 'symbolic' });

class Transformer extends Module {
  readonly blocks = Array.from(
    { length: 4 },
    (_, i) => new TransformerBlock(width, { heads: 16, random: random.child('block', i) }),
  );

  forward(x: Tensor): Tensor {
    return this.blocks.reduce((hidden, block) => block.forward(hidden), x);
  }
}

const network = new Transformer();
const forward = ({ x }: { x: Tensor }): Tensor => network.forward(x);

function activations(batch: number, tokens: number): Tensor {
  const data = random.child('x', batch * 1000 + tokens).normal(batch * tokens * width);
  return fromHost({ dtype: 'float32', shape: [batch, tokens, width], data });
}

function relativeError(actual: HostArray, expected: HostArray): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (Number(actual[i]) - Number(expected[i])) ** 2;
    size += Number(expected[i]) ** 2;
  }
  return Math.sqrt(difference / size);
}

let dispose: () => Promise<void>;
beforeAll(async () => {
  const backend = await cpu({ threads: 2 });
  setDefaultBackend(backend);
  dispose = () => backend.dispose();
});
afterAll(() => dispose());

it('one executable with its weights packed once serves every batch and number of tokens', async () => {
  const symbolic = compile(forward, { dynamic: { x: ['batch', 'tokens'] } });
  // The largest size first: activations need memory of their own, and this is about the weights.
  (await symbolic({ x: activations(8, 64) })).dispose();
  const afterFirst = await residentMemory();
  for (const batch of [1, 3, 8]) {
    for (const tokens of [5, 17, 64]) {
      const x = activations(batch, tokens);
      const result = await symbolic({ x });
      expect(result.shape).toEqual([batch, tokens, width]);
      result.dispose();
      x.dispose();
    }
  }
  const growth = (await residentMemory()) - afterFirst;
  console.info(
    `resident memory grew by ${(growth / 1e6).toFixed(1)} MB; the weights are ${((network.parameterCount * 4) / 1e6).toFixed(1)} MB`,
  );
  expect(growth).toBeLessThan(0.1 * network.parameterCount * 4);
  expect(symbolic.compilations).toBe(1);

  const fixed = compile(forward);
  for (const [batch, tokens] of [
    [1, 5],
    [3, 17],
    [8, 64],
    [3, 64],
    [8, 5],
  ] as const) {
    const x = activations(batch, tokens);
    const [actual, expected] = [await symbolic({ x }), await fixed({ x })];
    expect(relativeError(await actual.data(), await expected.data())).toBeLessThan(1e-5);
  }
  expect(symbolic.compilations).toBe(1);
  expect(fixed.compilations).toBe(5);
  await Promise.all([symbolic.dispose(), fixed.dispose()]);
}, 240_000);

it('computes what the float64 interpreter computes', async () => {
  const x = activations(1, 5);
  const symbolic = compile(forward, { dynamic: { x: ['batch', 'tokens'] } });
  const interpreted = compile(forward, { backend: await reference() });
  const [actual, expected] = [await symbolic({ x }), await interpreted({ x })];
  expect(relativeError(await actual.data(), await expected.data())).toBeLessThan(1e-5);
  await symbolic.dispose();
}, 240_000);
