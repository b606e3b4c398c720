import { RandomStream } from '@softvq/core/random';
import { describe, expect, test } from 'vitest';
import { psnr, ssim } from '../src/index.js';

const shape = [2, 3, 12, 10];
const images = {
  shape,
  data: new RandomStream({ seed: 1, name: 'images' }).uniform(720, { low: -1, high: 1 }),
};

describe('psnr', () => {
  test('is infinite for equal images and known for a constant error', () => {
    expect(psnr(images, images)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    const off = {
      shape,
      data: Float64Array.from(images.data, (value, at) => value + (at < 360 ? 0.2 : 0.02)),
    };
    const [first, second] = psnr(off, images);
    expect(first).toBeCloseTo(20, 8);
    expect(second).toBeCloseTo(40, 8);
  });

  test('refuses images of other shapes', () => {
    expect(() => psnr(images, { shape: [1, 3, 12, 10], data: images.data.subarray(0, 360) })).toThrow(
      /\(2, 3, 12, 10\) with \(1, 3, 12, 10\)/,
    );
    expect(() => psnr({ shape, data: images.data.subarray(1) }, images)).toThrow(/719 numbers/);
  });
});

describe('ssim', () => {
  test('is 1 for equal images and drops with noise', () => {
    for (const value of ssim(images, images)) expect(value).toBeCloseTo(1, 12);
    const noise = new RandomStream({ seed: 2, name: 'noise' }).normal(720);
    const noisy = (amount: number) => ({
      shape,
      data: Float64Array.from(images.data, (value, at) => value + amount * noise[at]!),
    });
    const [little] = ssim(noisy(0.1), images);
    const [much] = ssim(noisy(1), images);
    expect(little).toBeGreaterThan(0.9);
    expect(much).toBeLessThan(little! - 0.3);
  });

  test('equals the definition, window by window', () => {
    const noise = new RandomStream({ seed: 3, name: 'noise' }).normal(720);
    const other = {
      shape,
      data: Float64Array.from(images.data, (value, at) => 0.7 * value + 0.2 * noise[at]!),
    };
    const window = 5;
    const expected = [0, 1].map((image) => {
      const values: number[] = [];
      for (let channel = 0; channel < 3; channel++) {
        for (let row = 0; row + window <= 12; row++) {
          for (let column = 0; column + window <= 10; column++) {
            const at: number[] = [];
            for (let i = 0; i < window; i++) {
              for (let j = 0; j < window; j++) {
                at.push(image * 360 + channel * 120 + (row + i) * 10 + column + j);
              }
            }
            const x = at.map((index) => images.data[index]!);
            const y = at.map((index) => other.data[index]!);
            const mean = (list: readonly number[]) =>
              list.reduce((sum, value) => sum + value, 0) / list.length;
            const [mx, my] = [mean(x), mean(y)];
            const covariance = (a: readonly number[], ma: number, b: readonly number[], mb: number) =>
              a.reduce((sum, value, i) => sum + (value - ma) * (b[i]! - mb), 0) / (a.length - 1);
            const [c1, c2] = [(0.01 * 4) ** 2, (0.03 * 4) ** 2];
            values.push(
              ((2 * mx * my + c1) * (2 * covariance(x, mx, y, my) + c2)) /
                ((mx * mx + my * my + c1) * (covariance(x, mx, x, mx) + covariance(y, my, y, my) + c2)),
            );
          }
        }
      }
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    });
    const values = ssim(images, other, { window, dataRange: 4 });
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 10);
  });

  test('refuses a window that does not fit', () => {
    expect(() => ssim(images, images, { window: 11 })).toThrow(/window of 11/);
    expect(() => ssim(images, images, { window: 4 })).toThrow(/window of 4/);
  });
});
