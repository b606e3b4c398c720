import { describe, expect, it } from 'vitest';
import { bicubicMatrix, pseudoinverseResizeMatrix, resizeImages } from '../../src/dinov2/resampling.js';

function row({ values, columns }: { values: Float64Array; columns: number }, index: number): number[] {
  return [...values.subarray(index * columns, (index + 1) * columns)];
}

function pseudorandom(count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(7 * i + 3) + Math.cos(0.3 * i * i));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, each, i) => sum + each * b[i]!, 0);
}

/** Row by row: from, to, row, first tap that is not 0, taps. */
const published = [
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
] as const;

it.each(published)('resizes %i to %i by the right weights in row %i', (from, to, index, first, taps) => {
  const weights = row(bicubicMatrix(from, to), index);
  expect(weights).toHaveLength(from);
  const expected = weights.map((_, i) => taps[i - first] ?? 0);
  for (const [i, weight] of weights.entries()) expect(weight, `tap ${i}`).toBeCloseTo(expected[i]!, 5);
});

describe('the pseudoinverse', () => {
  it('keeps the sum of a kernel of ones', () => {
    const kernel = resizeImages(new Float32Array(14 * 14).fill(1), pseudoinverseResizeMatrix(14, 16));
    expect(kernel).toHaveLength(256);
    expect(kernel.reduce((sum, each) => sum + each, 0)).toBeCloseTo(196, 3);
    expect(kernel[0]).toBeCloseTo(0.7568, 4);
  });

  it.each([
    [14, 16],
    [14, 15],
    [8, 32],
  ])('gives resized patches what patches gave, from %i to %i', (from, to) => {
    const [patch, kernel] = [pseudorandom(from ** 2), pseudorandom(from ** 2 + 1).slice(1)];
    const [largePatch] = [resizeImages(patch, bicubicMatrix(from, to))];
    const largeKernel = resizeImages(kernel, pseudoinverseResizeMatrix(from, to));
    expect(dot(largePatch, largeKernel)).toBeCloseTo(dot(patch, kernel), 3);
  });

  it('undoes enlarging, and leaves kernels of the same size as they are', () => {
    const kernel = pseudorandom(14 ** 2);
    const same = resizeImages(kernel, pseudoinverseResizeMatrix(14, 14));
    for (const [i, each] of same.entries()) expect(each).toBeCloseTo(kernel[i]!, 5);
    // A kernel that comes from a smaller one by enlarging is found again by the pseudoinverse in the other direction.
    const small = pseudorandom(8 ** 2);
    const large = resizeImages(small, pseudoinverseResizeMatrix(8, 14));
    const enlarge = bicubicMatrix(8, 14);
    const transposed = {
      rows: 8,
      columns: 14,
      values: Float64Array.from(
        { length: 8 * 14 },
        (_, i) => enlarge.values[(i % 14) * 8 + Math.floor(i / 14)]!,
      ),
    };
    const again = resizeImages(large, transposed);
    for (const [i, each] of again.entries()) expect(each).toBeCloseTo(small[i]!, 4);
  });

  it('is the least-squares solution where patches become smaller', () => {
    const [from, to] = [16, 8];
    const kernel = pseudorandom(from ** 2);
    const small = resizeImages(kernel, pseudoinverseResizeMatrix(from, to));
    const shrink = bicubicMatrix(from, to);
    const values = Float64Array.from(
      { length: from * to },
      (_, i) => shrink.values[(i % to) * from + Math.floor(i / to)]!,
    );
    const back = { rows: from, columns: to, values };
    // What is left of the kernel is orthogonal to everything that the small one can express.
    const residual = resizeImages(small, back).map((each, i) => kernel[i]! - each);
    const projected = resizeImages(residual, shrink);
    for (const each of projected) expect(Math.abs(each)).toBeLessThan(1e-4);
  });
});
