import { RandomStream } from '@softvq/core/random';
import { describe, expect, it } from 'vitest';
import { drawTrainingMask, knownTokens, maskedCounts } from '../src/mar/masking.js';

/** How many tokens each step predicts. */
function predictedCounts(tokens: number, steps: number): number[] {
  const masked = [tokens, ...maskedCounts(tokens, steps)];
  return masked.slice(1).map((count, i) => masked[i]! - count);
}

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

describe('maskedCounts', () => {
  it.each([
    [
      256,
      64,
      [
        ...ones(13),
        ...[
          2, 3, 2, 2, 3, 3, 3, 3, 3, 3, 4, 3, 4, 4, 4, 4, 4, 4, 4, 5, 5, 4, 5, 5, 5, 5, 5, 6, 5, 5, 6, 5, 6,
          6,
        ],
        ...[6, 5, 6, 6, 6, 6, 6, 6, 7, 6, 6, 6, 6, 7, 6, 6, 6],
      ],
    ],
    [64, 32, [...ones(13), ...[2, 2, 2, 3, 2, 2, 3, 3, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]]],
    [32, 16, [...ones(6), ...[2, 2, 2, 3, 2, 3, 3, 3, 3, 3]]],
  ])('fills %i tokens in %i steps as the reference does', (tokens, steps, expected) => {
    expect(predictedCounts(tokens, steps)).toEqual(expected);
  });

  it('fills in at least one token in each step, whatever their number', () => {
    for (let tokens = 1; tokens <= 70; tokens++) {
      for (let steps = 1; steps <= tokens; steps++) {
        const counts = predictedCounts(tokens, steps);
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(1);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(tokens);
      }
    }
  });
});

it('says which tokens are known and where they are among them', async () => {
  const orders = [Int32Array.of(3, 0, 2, 1), Int32Array.of(1, 3, 0, 2)];
  const { known, places } = knownTokens(orders, 1);
  expect(await known.array()).toEqual([
    [0, 1, 2],
    [0, 2, 3],
  ]);
  expect(await places.array()).toEqual([
    [1, 2, 3, 0],
    [1, 0, 2, 3],
  ]);
});

describe('drawTrainingMask', () => {
  const options = { batch: 3, tokens: 20, buffer: 2, leastRatio: 0.7, deviation: 0.25 };

  it('masks one share of every image, its own tokens, in shapes that are always the same', async () => {
    const random = new RandomStream({ seed: 1, name: 'masks' });
    const shares = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const { known, places, mask } = drawTrainingMask(options, random);
      expect([known.shape, places.shape, mask.shape]).toEqual([[3, 6], [3, 20], [8]]);
      const visible = ((await mask.array()) as number[]).filter((each) => each === 0).length - 2;
      const [positions, rows] = (await Promise.all([known.array(), places.array()])) as number[][][];
      shares.add(visible);
      for (const [image, row] of rows!.entries()) {
        const places = row.flatMap((place, position) => (place > 0 ? [[place, position] as const] : []));
        expect(places.map(([place]) => place)).toEqual(Array.from({ length: visible }, (_, at) => at + 1));
        expect(places.map(([, position]) => position)).toEqual(positions![image]!.slice(0, visible));
      }
      if (visible > 1) expect(positions![0]).not.toEqual(positions![1]);
    }
    expect(Math.max(...shares)).toBeLessThanOrEqual(6);
    expect(shares.size).toBeGreaterThan(3);
  });

  it.each([
    { leastRatio: 0.7, deviation: 0.25, mean: 0.867012, spread: 0.085 },
    { leastRatio: 0.05, deviation: 0.5, mean: 0.646363, spread: 0.2425 },
  ])('masks $mean of all on average from $leastRatio with a deviation of $deviation', async (shares) => {
    const random = new RandomStream({ seed: 2, name: 'masks' });
    let sum = 0;
    const draws = 2000;
    for (let i = 0; i < draws; i++) {
      const { places } = drawTrainingMask({ ...options, ...shares, batch: 1, tokens: 1000 }, random);
      const masked = Array.from((await places.host()).data, Number).filter((place) => place === 0);
      sum += masked.length / 1000;
    }
    // Rounding up adds half a token.
    const error = sum / draws - shares.mean - 0.0005;
    expect(Math.abs(error)).toBeLessThan(4 * (shares.spread / Math.sqrt(draws)));
  });
});
