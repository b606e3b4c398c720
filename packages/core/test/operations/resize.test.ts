import { describe, expect, it } from 'vitest';
import { resizeWeights } from '../../src/operations/resize.js';

const antialiased = {
  method: 'bicubic',
  cubicCoefficient: -0.5,
  antialias: true,
  coordinates: 'half-pixel',
} as const;

/** One row of the weights, without the zeros around its taps. */
function row(from: number, to: number, output: number): { first: number; taps: number[] } {
  const weights = resizeWeights(from, to, antialiased);
  const all = Array.from(weights.subarray(output * from, (output + 1) * from));
  const first = all.findIndex((weight) => weight !== 0);
  return { first, taps: all.slice(first, all.findLastIndex((weight) => weight !== 0) + 1) };
}

/** Figures of PyTorch's antialiased bicubic kernel, worked out in float64 from its definition. */
const rows: readonly [from: number, to: number, output: number, first: number, taps: number[]][] = [
  [37, 16, 0, 0, [0.387186, 0.441451, 0.209256, -0.003056, -0.031817, -0.00302]],
  [
    37,
    16,
    8,
    15,
    [-0.007093, -0.03187, 0.018384, 0.243594, 0.428314, 0.320481, 0.074068, -0.029513, -0.016364],
  ],
  [37, 32, 0, 0, [0.881273, 0.152397, -0.03367]],
  [14, 16, 0, 0, [1.028517, -0.028517]],
  [14, 16, 5, 3, [-0.073853, 0.801636, 0.305786, -0.033569]],
];

describe('resize weights', () => {
  it.each(rows)('antialiased bicubic %i to %i, row %i', (from, to, output, first, taps) => {
    const actual = row(from, to, output);
    expect(actual.first).toBe(first);
    expect(actual.taps).toHaveLength(taps.length);
    for (const [i, tap] of taps.entries()) expect(actual.taps[i]).toBeCloseTo(tap, 5);
  });

  it.each([
    ['bilinear', false, 'half-pixel'],
    ['bilinear', true, 'half-pixel'],
    ['bilinear', false, 'align-corners'],
    ['bicubic', false, 'half-pixel'],
    ['bicubic', false, 'align-corners'],
    ['bicubic', true, 'half-pixel'],
    ['nearest', false, 'asymmetric'],
    ['area', false, 'half-pixel'],
  ] as const)('of %s (antialias %s, %s) add up to one', (method, antialias, coordinates) => {
    for (const [from, to] of [
      [7, 3],
      [3, 7],
      [5, 5],
      [1, 4],
      [4, 1],
    ] as const) {
      const weights = resizeWeights(from, to, { method, antialias, coordinates, cubicCoefficient: -0.75 });
      for (let output = 0; output < to; output++) {
        const total = weights
          .subarray(output * from, (output + 1) * from)
          .reduce((sum, weight) => sum + weight, 0);
        expect(total).toBeCloseTo(1, 6);
      }
    }
  });
});
