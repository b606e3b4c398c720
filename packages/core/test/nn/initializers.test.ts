import { ArgumentError, ShapeError } from '@softvq/core';
import {
  Attention,
  Conv2d,
  ConvTranspose2d,
  constant,
  type Initializer,
  kaimingNormal,
  kaimingUniform,
  Linear,
  normal,
  torchBias,
  torchWeight,
  truncatedNormal,
  uniform,
  xavierNormal,
  xavierUniform,
} from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';
import { numbersOf } from './numbers.js';

beforeAll(useReference);

const shape = [200, 100, 2];
const stream = (name = 'test'): RandomStream => new RandomStream({ seed: 5, name });

function statisticsOf(initializer: Initializer) {
  const numbers = initializer(shape, stream());
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  const largest = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return { count: numbers.length, mean, deviation: Math.sqrt(variance), largest };
}

describe('initializers', () => {
  // fanIn is 200, fanOut 400. Of 40,000 numbers the deviation is known to about 0.5 % and the largest to 0.1 %.
  it.each<[string, Initializer, number, boolean]>([
    ['xavierUniform', xavierUniform(), Math.sqrt(2 / 600), true],
    ['xavierUniform with a gain', xavierUniform({ gain: 3 }), 3 * Math.sqrt(2 / 600), true],
    ['xavierNormal', xavierNormal(), Math.sqrt(2 / 600), false],
    ['kaimingUniform', kaimingUniform(), Math.sqrt(2 / 200), true],
    [
      'kaimingUniform by fanOut',
      kaimingUniform({ mode: 'fanOut', nonlinearity: 'relu' }),
      Math.sqrt(2 / 400),
      true,
    ],
    ['kaimingUniform with a slope', kaimingUniform({ a: 2 }), Math.sqrt(2 / 5 / 200), true],
    ['kaimingNormal of tanh', kaimingNormal({ nonlinearity: 'tanh' }), 5 / 3 / Math.sqrt(200), false],
    ['kaimingNormal, linear', kaimingNormal({ nonlinearity: 'linear' }), 1 / Math.sqrt(200), false],
    ['torchWeight', torchWeight(), 1 / Math.sqrt(3 * 200), true],
    ['torchBias', torchBias(50), 1 / Math.sqrt(3 * 50), true],
    ['normal', normal({ standardDeviation: 0.02 }), 0.02, false],
    ['truncatedNormal that cuts nothing off', truncatedNormal({ standardDeviation: 0.02 }), 0.02, false],
    // Of the standard normal distribution within ±2.
    ['truncatedNormal', truncatedNormal(), 0.8796, false],
    ['uniform', uniform({ low: -3, high: 3 }), Math.sqrt(3), true],
    ['constant', constant(0), 0, true],
  ])('%s', (_, initializer, deviation, isUniform) => {
    const found = statisticsOf(initializer);
    expect(found.count).toBe(40_000);
    expect(Math.abs(found.mean)).toBeLessThanOrEqual(0.02 * deviation);
    expect(Math.abs(found.deviation - deviation)).toBeLessThanOrEqual(0.015 * deviation);
    if (isUniform) {
      const bound = Math.sqrt(3) * deviation;
      expect(found.largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
      expect(found.largest).toBeGreaterThanOrEqual(0.999 * bound);
    }
  });

  it('cut normal numbers off at absolute bounds', () => {
    const numbers = truncatedNormal({ standardDeviation: 1, low: -0.5, high: 0.25 })(shape, stream());
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(-0.5);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(0.25);
  });

  it('refuse weights without fans and unknown nonlinearities', () => {
    expect(() => xavierUniform()([3], stream())).toThrow(ShapeError);
    expect(() => kaimingNormal({ nonlinearity: 'swish' as never })([3, 3], stream())).toThrow(ArgumentError);
    expect(torchWeight()([3, 0], stream())).toHaveLength(0);
  });
});

describe('parameters', () => {
  it('start as in PyTorch', async () => {
    const largest = async (layer: { weight: Linear['weight']; bias: Linear['bias'] }) =>
      Promise.all(
        [layer.weight, layer.bias!].map(async (x) => Math.max(...(await numbersOf(x)).map(Math.abs))),
      );
    for (const [layer, fanIn] of [
      [new Linear(64, 500), 64],
      [new Conv2d(8, 500, { kernel: 3, groups: 2 }), 36],
      // PyTorch takes the second axis of the weight for the inputs here as well.
      [new ConvTranspose2d(8, 500, { kernel: 3 }), 4500],
    ] as const) {
      for (const found of await largest(layer)) {
        expect(found).toBeLessThanOrEqual(fanIn ** -0.5);
        expect(found).toBeGreaterThan(0.95 * fanIn ** -0.5);
      }
    }
  });

  it('depend on their own stream only, not on the order of use', async () => {
    const [a, b] = [0, 1].map(() => new Attention(8, { heads: 2, random: stream() }));
    const first = [await numbersOf(a!.qkv.weight), await numbersOf(a!.proj.weight)];
    const second = [await numbersOf(b!.proj.weight), await numbersOf(b!.qkv.weight)];
    expect(first).toEqual(second.reverse());
    expect(first[0]!.slice(0, 64)).not.toEqual(first[1]);
  });

  it('differ between layers that are given no stream', async () => {
    expect(await numbersOf(new Linear(2, 2).weight)).not.toEqual(await numbersOf(new Linear(2, 2).weight));
  });

  it('take other initial values', async () => {
    const layer = new Linear(2, 2, { initializers: { weight: constant(3), bias: constant(4) } });
    expect(await numbersOf(layer.weight)).toEqual([3, 3, 3, 3]);
    expect(await numbersOf(layer.bias!)).toEqual([4, 4]);
  });
});
