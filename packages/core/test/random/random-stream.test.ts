import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/errors.js';
import { RandomStream } from '../../src/random/index.js';
import { philox4x32 } from '../../src/random/philox.js';
import { hashName } from '../../src/random/stream-key.js';

const stream = (index = 0) => new RandomStream({ seed: 7, name: 'noise', index });

/** Every method, drawing `count` values. */
const methods: [string, (from: RandomStream, count: number) => ArrayLike<number>][] = [
  ['uniform', (from, count) => from.uniform(count, { low: -3, high: 5 })],
  ['normal', (from, count) => from.normal(count, { mean: 1, standardDeviation: 2 })],
  ['truncatedNormal near the mean', (from, count) => from.truncatedNormal(count)],
  ['truncatedNormal in the tail', (from, count) => from.truncatedNormal(count, { low: 3, high: 9 })],
  ['integers', (from, count) => from.integers(count, { low: -2, high: 3 * 2 ** 29 })],
];

describe('a random stream', () => {
  it('gives the same values for ever', () => {
    const made = stream(3);
    expect([...made.uniform(3)]).toEqual([0.34830254316329956, 0.023755788803100586, 0.6473499536514282]);
    expect([...made.normal(3)]).toEqual([1.1609500646591187, 0.8167463541030884, -1.5688382387161255]);
    expect([...made.truncatedNormal(3)]).toEqual([
      -0.23585142195224762, 0.12832359969615936, -0.2185916304588318,
    ]);
    expect([...made.integers(3, { high: 1000 })]).toEqual([526, 14, 377]);
    expect([...made.permutation(8)]).toEqual([3, 0, 4, 6, 5, 7, 1, 2]);
    expect([...made.child('dropout', 2).uniform(2)]).toEqual([0.26689743995666504, 0.24469846487045288]);
    expect(made.position).toBe(20);
  });

  it('lays out the counter as documented', () => {
    const index = 2 ** 33 + 5;
    const made = new RandomStream({ seed: 2 ** 40 + 1, name: 'noise', index });
    made.position = 4 * (2 ** 35 + 9);
    const words = new Int32Array(4);
    philox4x32(words, [9, 8, 5, 2], hashName([1, 256], 'noise'));
    expect([...made.uniform(4)]).toEqual([...words].map((word) => (word >>> 8) / 2 ** 24));
  });

  it('takes seeds as numbers and as bigints', () => {
    const draw = (seed: number | bigint) => [...new RandomStream({ seed, name: 'noise' }).uniform(4)];
    expect(draw(12345n)).toEqual(draw(12345));
    expect(draw(2n ** 64n - 1n)).not.toEqual(draw(2n ** 32n - 1n));
  });

  it.each(methods)('does not care how the draws of %s are split over calls', (_, draw) => {
    const whole = draw(stream(), 9 * 12);
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 12 }), (counts) => {
        const split = stream();
        const values = counts.flatMap((count) => [...Array.from(draw(split, count))]);
        expect(values).toEqual(Array.from(whole).slice(0, values.length));
        expect(split.position).toBe(values.length);
      }),
    );
  });

  it.each(methods)('resumes %s at any position, also far ones', (_, draw) => {
    for (const start of [1, 2, 3, 5, 4095, 2 ** 34 - 1, 2 ** 45 + 2, Number.MAX_SAFE_INTEGER - 8]) {
      const from = stream();
      from.position = start;
      const values = Array.from(draw(from, 8));
      const later = stream();
      later.position = start + 3;
      expect(Array.from(draw(later, 5))).toEqual(values.slice(3));
      expect(values).not.toEqual(Array.from(draw(stream(), 8)));
    }
  });

  it('gives a method the same value at a position, whatever was drawn before', () => {
    const mixed = stream();
    mixed.uniform(5);
    mixed.permutation(3);
    const resumed = stream();
    resumed.position = 8;
    expect([...mixed.normal(7)]).toEqual([...resumed.normal(7)]);
  });

  it('gives an image the same numbers in any batch', () => {
    const batch = [0, 1, 2, 3].map((index) => stream(index).normal(16));
    expect([...stream(2).normal(16)]).toEqual([...batch[2]!]);
  });

  it('has children that do not depend on its position', () => {
    const parent = stream();
    const before = parent.child('dropout').uniform(4);
    parent.uniform(100);
    expect([...parent.child('dropout').uniform(4)]).toEqual([...before]);
  });

  it('tells every seed, name, index and ancestor apart', () => {
    const root = (seed: number, name: string, index = 0) => new RandomStream({ seed, name, index });
    const streams = [
      root(0, ''),
      root(1, ''),
      root(0, 'a'),
      root(0, 'a\0'),
      root(0, 'aa'),
      root(0, 'a'.repeat(16)),
      root(0, 'a'.repeat(17)),
      root(0, 'ä'),
      root(0, 'a', 1),
      root(0, 'a').child('a'),
      root(0, 'a', 1).child('a'),
      root(0, 'a').child('a', 1),
      root(0, 'a').child('b'),
      root(0, 'b').child('a'),
      root(0, 'a').child('a').child('a'),
    ];
    const first = streams.map((each) => each.uniform(4).join());
    expect(new Set(first).size).toBe(streams.length);
  });

  it('returns arrays of exactly the count, which share nothing', () => {
    const from = stream();
    from.position = 1;
    const values = from.normal(3);
    expect(values.length).toBe(3);
    expect(values.buffer.byteLength).toBe(12);
    expect(from.uniform(0).length).toBe(0);
    expect(from.permutation(0).length).toBe(0);
    expect(from.position).toBe(4);
  });

  it.each<[string, () => unknown]>([
    ['a negative seed', () => new RandomStream({ seed: -1, name: '' })],
    ['a fractional seed', () => new RandomStream({ seed: 0.5, name: '' })],
    ['an unsafe seed', () => new RandomStream({ seed: 2 ** 53, name: '' })],
    ['a seed of 65 bits', () => new RandomStream({ seed: 2n ** 64n, name: '' })],
    ['a negative bigint', () => new RandomStream({ seed: -1n, name: '' })],
    ['a negative index', () => stream(-1)],
    ['a fractional index of a child', () => stream().child('a', 0.5)],
    ['a negative count', () => stream().uniform(-1)],
    ['a fractional count', () => stream().normal(1.5)],
    ['a negative position', () => Object.assign(stream(), { position: -1 })],
    ['bounds in the wrong order', () => stream().uniform(1, { low: 1, high: 0 })],
    ['empty bounds', () => stream().uniform(1, { low: 1, high: 1 })],
    ['infinite bounds', () => stream().uniform(1, { high: Number.POSITIVE_INFINITY })],
    ['bounds that are not numbers', () => stream().uniform(1, { low: Number.NaN })],
    [
      'bounds without a float32 between',
      () => stream().uniform(1, { low: 1 + 2 ** -40, high: 1 + 2 ** -39 }),
    ],
    ['a negative deviation', () => stream().normal(1, { standardDeviation: -1 })],
    ['an infinite mean', () => stream().normal(1, { mean: Number.POSITIVE_INFINITY })],
    ['no deviation to truncate', () => stream().truncatedNormal(1, { standardDeviation: 0 })],
    ['truncation bounds in the wrong order', () => stream().truncatedNormal(1, { low: 2, high: 2 })],
    [
      'truncation out of reach',
      () => stream().truncatedNormal(1, { standardDeviation: 1e-200, low: 1, high: 2 }),
    ],
    ['no integers', () => stream().integers(1, { low: 3, high: 3 })],
    ['integers beyond int32', () => stream().integers(1, { high: 2 ** 31 + 1 })],
    ['fractional integers', () => stream().integers(1, { high: 2.5 })],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(ArgumentError);
  });

  it('refuses to run past its last position and stays where it is', () => {
    const from = stream();
    from.position = Number.MAX_SAFE_INTEGER - 2;
    expect(() => from.uniform(3)).toThrow(ArgumentError);
    expect(from.position).toBe(Number.MAX_SAFE_INTEGER - 2);
  });
});
