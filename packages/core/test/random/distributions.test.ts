import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/random/index.js';
import { logUniform } from '../../src/random/standard-normal.js';
import {
  chiSquared,
  correlation,
  kolmogorovSmirnov,
  moments,
  truncatedNormalCumulative,
} from './statistics.js';

// The seeds are fixed, so these tests always give the same result. Each bound is one that right code exceeds
// once in a thousand seeds or more rarely: 1.95 for Kolmogorov-Smirnov, 4 deviations for everything normal.

const stream = (name: string, index = 0) => new RandomStream({ seed: 20_240_607, name, index });
const count = 200_000;

describe('uniform numbers', () => {
  it('are uniform', () => {
    const values = stream('uniform').uniform(count);
    expect(kolmogorovSmirnov(values, (value) => value)).toBeLessThan(1.95);
    const { mean, variance } = moments(values);
    expect(Math.abs(mean - 1 / 2) * Math.sqrt(12 * count)).toBeLessThan(4);
    expect(Math.abs(variance - 1 / 12) * Math.sqrt(180 * count)).toBeLessThan(4);
  });

  it('use all of 24 bits equally', () => {
    const ones = new Array<number>(24).fill(0);
    const values = stream('bits').uniform(count);
    expect(values.every((value) => Number.isInteger(value * 2 ** 24))).toBe(true);
    for (const value of values) {
      const bits = value * 2 ** 24;
      for (let bit = 0; bit < 24; bit++) ones[bit]! += (bits >>> bit) & 1;
    }
    for (const each of ones) expect(Math.abs(each - count / 2) / Math.sqrt(count / 4)).toBeLessThan(4);
  });

  it('do not depend on their neighbours', () => {
    const values = stream('lags').uniform(count);
    for (const lag of [1, 2, 3, 4, 5, 64, 1024]) {
      expect(Math.abs(correlation(values.subarray(lag), values.subarray(0, count - lag)))).toBeLessThan(4);
    }
  });

  it('lie in [low, high) as float32, wherever that is', () => {
    const bound = fc.double({ min: -1e30, max: 1e30, noNaN: true });
    const factor = fc.double({ min: 1, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(bound, factor, (low, width) => {
        // Two steps of float32 or more, so that there is one between.
        const high = low + width * (Math.abs(low) * 2 ** -22 + 2 ** -148);
        const values = stream('bounds').uniform(64, { low, high });
        expect(values.every((value) => value >= low && value < high)).toBe(true);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('never round up to a bound that is exclusive', () => {
    // Half of all values of these 2²⁴ would round to 1.
    const values = stream('rounding').uniform(1000, { low: 1 - 2 ** -23, high: 1 });
    expect(new Set(values)).toEqual(new Set([1 - 2 ** -23, 1 - 2 ** -24]));
  });
});

describe('normal numbers', () => {
  it('are normal', () => {
    const values = stream('normal').normal(count);
    const cumulative = truncatedNormalCumulative(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    expect(kolmogorovSmirnov(values, cumulative)).toBeLessThan(1.95);
    const { mean, variance, skewness, kurtosis } = moments(values);
    expect(Math.abs(mean) * Math.sqrt(count)).toBeLessThan(4);
    expect(Math.abs(variance - 1) * Math.sqrt(count / 2)).toBeLessThan(4);
    expect(Math.abs(skewness) * Math.sqrt(count / 6)).toBeLessThan(4);
    expect(Math.abs(kurtosis) * Math.sqrt(count / 24)).toBeLessThan(4);
  });

  it('have the right tails', () => {
    const values = stream('tails').normal(4_000_000);
    for (const [bound, probability] of [
      [2, 0.0455002639],
      [3, 0.0026997961],
      [4, 6.334248e-5],
      [4.5, 6.795346e-6],
    ] as const) {
      const expected = probability * values.length;
      const beyond = values.reduce((sum, value) => sum + (Math.abs(value) > bound ? 1 : 0), 0);
      expect(Math.abs(beyond - expected) / Math.sqrt(expected)).toBeLessThan(4);
    }
  });

  it('scale to any mean and deviation', () => {
    const plain = stream('scale').normal(1000);
    const scaled = stream('scale').normal(1000, { mean: -3, standardDeviation: 0.25 });
    scaled.forEach((value, index) => {
      expect(Math.abs(value - (plain[index]! * 0.25 - 3))).toBeLessThan(1e-6);
    });
    expect(new Set(stream('scale').normal(9, { mean: 2, standardDeviation: 0 }))).toEqual(new Set([2]));
  });

  it('come in pairs that are independent, also in their squares', () => {
    const values = stream('pairs').normal(count);
    const cosines = values.filter((_, index) => index % 2 === 0);
    const sines = values.filter((_, index) => index % 2 === 1);
    expect(Math.abs(correlation(cosines, sines))).toBeLessThan(4);
    const square = (value: number) => value * value;
    expect(Math.abs(correlation(cosines.map(square), sines.map(square)))).toBeLessThan(4);
  });

  it('take logarithms to 14 digits', () => {
    const words = [
      0, 1, 2, 3, 0x3fffffff, 0x40000000, 0x5fffffff, 0x60000000, 0x7fffffff, 0x80000000, 0xbfffffff,
    ];
    for (const word of [
      ...words,
      0xc0000000,
      ...stream('words').integers(1000, { low: -(2 ** 31), high: 2 ** 31 }),
    ]) {
      const exact = Math.log(((word >>> 0) + 0.5) / 2 ** 32);
      expect(Math.abs(logUniform(word | 0) / exact - 1)).toBeLessThan(1e-13);
    }
    expect(logUniform(-1)).toBeCloseTo(Math.log1p(-(2 ** -33)), 22);
  });
});

describe('truncated normal numbers', () => {
  const infinity = Number.POSITIVE_INFINITY;
  it.each([
    [-2, 2],
    [-infinity, infinity],
    [-1, infinity],
    [-infinity, 0.5],
    [-0.1, 0.2],
    [0, 1],
    [0.5, 1],
    [-3, -0.5],
    [4, infinity],
    [4, 4.1],
    [-infinity, -6],
    [8, 12],
    [30, infinity],
    [-41, -40],
  ])('are normal between %d and %d', (low, high) => {
    const values = stream(`${low} ${high}`).truncatedNormal(50_000, { low, high });
    expect(values.every((value) => value >= low && value <= high)).toBe(true);
    expect(kolmogorovSmirnov(values, truncatedNormalCumulative(low, high))).toBeLessThan(1.95);
  });

  it('take absolute bounds around any mean', () => {
    const values = stream('absolute').truncatedNormal(50_000, {
      mean: 5,
      standardDeviation: 0.5,
      low: 5.25,
      high: 7,
    });
    const cumulative = truncatedNormalCumulative(0.5, 4);
    expect(kolmogorovSmirnov(values, (value) => cumulative((value - 5) / 0.5))).toBeLessThan(1.95);
  });

  it('stay within bounds that float32 cannot express', () => {
    const values = stream('edges').truncatedNormal(10_000, { low: 0.1, high: 0.1 + 1e-7 });
    expect(values.every((value) => value >= 0.1 && value <= 0.1 + 1e-7)).toBe(true);
  });

  it('end when the bounds are absurdly far away', () => {
    const values = stream('far').truncatedNormal(100, { low: 1e20, high: infinity });
    expect(new Set(values)).toEqual(new Set([Math.fround(1e20)]));
  });

  it('are independent from one to the next, whether accepted at once or not', () => {
    const values = stream('lag').truncatedNormal(count, { low: -0.5, high: 2.1 });
    for (const lag of [1, 2, 3]) {
      expect(Math.abs(correlation(values.subarray(lag), values.subarray(0, count - lag)))).toBeLessThan(4);
    }
  });
});

describe('integers', () => {
  it.each([2, 3, 6, 10, 1000])('below %d are equally likely', (high) => {
    const counts = new Array<number>(high).fill(0);
    for (const value of stream('dice').integers(count, { high })) counts[value]! += 1;
    expect(Math.abs(chiSquared(counts))).toBeLessThan(4);
  });

  it('are unbiased where a product or remainder of 32 bits is not', () => {
    // Without rejection every third value would be twice as likely as its neighbours.
    const high = 3 * 2 ** 29;
    const low = high - 3 * 2 ** 30;
    const counts = [0, 0, 0];
    for (const value of stream('bias').integers(count, { low, high })) counts[(value - low) % 3]! += 1;
    expect(Math.abs(chiSquared(counts))).toBeLessThan(4);
  });

  it('reach both ends of int32', () => {
    const values = stream('int32').integers(count, { low: -(2 ** 31), high: 2 ** 31 });
    const { mean, variance } = moments(values);
    expect(Math.abs(mean / 2 ** 32 + 0) * Math.sqrt(12 * count)).toBeLessThan(4);
    expect(Math.abs(variance / 2 ** 64 - 1 / 12) * Math.sqrt(180 * count)).toBeLessThan(4);
  });

  it('may have only one choice', () => {
    expect([...stream('one').integers(3, { low: -5, high: -4 })]).toEqual([-5, -5, -5]);
  });
});

describe('permutations', () => {
  it('hold every number once', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(50), (length, index) => {
        const values = stream('once', index).permutation(length);
        expect([...values].sort((a, b) => a - b)).toEqual([...Array(length).keys()]);
      }),
    );
  });

  it('come in every order equally often', () => {
    const counts = new Map<string, number>();
    const from = stream('orders');
    for (let draw = 0; draw < 48_000; draw++) {
      const order = from.permutation(4).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquared([...counts.values()]))).toBeLessThan(4);
  });

  it('put every number at every place equally often', () => {
    const length = 20;
    const counts = new Array<number>(length * length).fill(0);
    const from = stream('places');
    for (let draw = 0; draw < 4000; draw++) {
      from.permutation(length).forEach((value, place) => {
        counts[value * length + place]! += 1;
      });
    }
    expect(Math.abs(chiSquared(counts))).toBeLessThan(4);
  });
});

describe('streams', () => {
  it('are independent of each other', () => {
    const parent = stream('parent');
    const streams = [
      stream('a'),
      stream('b'),
      stream('a', 1),
      stream('a', 2 ** 32),
      new RandomStream({ seed: 20_240_608, name: 'a' }),
      parent,
      parent.child('a'),
      parent.child('b'),
      parent.child('a', 1),
    ];
    const values = streams.map((each) => each.normal(count));
    for (let one = 0; one < values.length; one++) {
      for (let other = 0; other < one; other++) {
        expect(Math.abs(correlation(values[one]!, values[other]!))).toBeLessThan(4);
      }
    }
  });

  it('draw different things independently at the same position', () => {
    const kinds = [
      stream('kinds').uniform(count),
      stream('kinds').normal(count),
      stream('kinds').truncatedNormal(count, { low: 0, high: 1 }),
      stream('kinds').integers(count, { high: 2 ** 31 }),
    ];
    for (let one = 0; one < kinds.length; one++) {
      for (let other = 0; other < one; other++) {
        expect(Math.abs(correlation(kinds[one]!, kinds[other]!))).toBeLessThan(4);
      }
    }
  });

  it('are independent across consecutive indices', () => {
    // The first number of 100,000 streams, as images of a batch take them.
    const first = Float32Array.from(
      { length: 100_000 },
      (_, index) => stream('images', index).uniform(1)[0]!,
    );
    expect(kolmogorovSmirnov(first, (value) => value)).toBeLessThan(1.95);
    expect(Math.abs(correlation(first.subarray(1), first.subarray(0, -1)))).toBeLessThan(4);
  });
});
