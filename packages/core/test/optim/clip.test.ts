import { ArgumentError, tensor } from '@softvq/core';
import { clipByGlobalNorm, globalNorm } from '@softvq/core/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbersOf } from '../nn/numbers.js';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

const gradients = { a: tensor([3, 0]), inner: [tensor([[0], [4]])] };

describe('clipByGlobalNorm', () => {
  it('scales a tree to the maximum norm of all elements together', async () => {
    const clipped = clipByGlobalNorm(gradients, 1);
    expect(await clipped.norm.item()).toBe(5);
    const scale = 1 / (5 + 1e-6);
    expect((await numbersOf(clipped.gradients.a))[0]).toBeCloseTo(3 * scale, 7);
    expect((await numbersOf(clipped.gradients.inner[0]!))[1]).toBeCloseTo(4 * scale, 7);
  });

  it('leaves small gradients as they are', async () => {
    expect(await numbersOf(clipByGlobalNorm(gradients, 6).gradients.a)).toEqual([3, 0]);
  });

  it('only measures for an infinite maximum', async () => {
    const clipped = clipByGlobalNorm(gradients, Number.POSITIVE_INFINITY);
    expect(clipped.gradients).toBe(gradients);
    expect(await clipped.norm.item()).toBe(5);
    expect(await globalNorm({}).item()).toBe(0);
  });

  it('keeps element types and takes zeros', async () => {
    const clipped = clipByGlobalNorm([tensor([0], { dtype: 'float64' })], 1);
    expect(clipped.gradients[0]!.dtype).toBe('float64');
    expect(await numbersOf(clipped.gradients[0]!)).toEqual([0]);
  });

  it('refuses a maximum of 0', () => {
    expect(() => clipByGlobalNorm(gradients, 0)).toThrow(ArgumentError);
    expect(() => clipByGlobalNorm(gradients, Number.NaN)).toThrow(ArgumentError);
  });
});
