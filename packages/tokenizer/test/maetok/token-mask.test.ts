import { reference } from '@softvq/backends/reference';
import {
  ArgumentError,
  type Backend,
  compile,
  scalar,
  setDefaultBackend,
  type Tensor,
  tensor,
} from '@softvq/core';
import { tracedRandom } from '@softvq/core/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAETok } from '../../src/index.js';
import { assertMasking, drawTokenMask, maskedCounts } from '../../src/maetok/token-mask.js';
import { describeOnBackends, relativeError } from '../golden.js';
import { randomTensor, withRandomValues } from '../random-values.js';

const masking = { least: 0.4, most: 0.6 };

describe('the number of masked patches', () => {
  it('has the mean of the truncated normal distribution', () => {
    const patches = 20_000;
    const { least, cumulative } = maskedCounts(patches, masking);
    const mean = cumulative.reduce((sum, below) => sum + (1 - below), least) / patches;
    // Rounding up adds half a patch.
    expect(mean - 0.5 / patches).toBeCloseTo(0.505212, 5);
    expect(cumulative).toEqual([...cumulative].sort((a, b) => a - b));
  });

  it('lies between the shares, rounded up', () => {
    const { least, cumulative } = maskedCounts(256, masking);
    expect(least).toBe(103);
    expect(least + cumulative.length).toBe(154);
    expect(cumulative[0]!).toBeGreaterThan(0);
    expect(cumulative.at(-1)!).toBeLessThan(1);
    expect(maskedCounts(10, { least: 0.5, most: 0.5 })).toEqual({ least: 5, cumulative: [] });
    expect(maskedCounts(30, { least: 0.1, most: 0.1 }).least).toBe(3);
  });

  it.each([
    { least: -0.1, most: 0.5 },
    { least: 0.6, most: 0.5 },
    { least: 0.5, most: 1.1 },
    { least: Number.NaN, most: 1 },
  ])('is refused for %j', (wrong) => {
    expect(() => assertMasking(wrong)).toThrow(ArgumentError);
  });
});

describeOnBackends((backend) => {
  const patches = 36;
  const batch = 3;

  it('masks the patches with the smallest numbers, as many in every image, again at the same step', async () => {
    const draw = compile(
      ({ images, step }: { images: Tensor; step: Tensor }) => {
        const random = tracedRandom({ seed: 3, step });
        const size = images.shape[0]!;
        return {
          mask: drawTokenMask({ batch: size, patches, masking }, random),
          order: random.child('order').uniform([size, patches]),
          share: random.child('share').uniform([1]),
        };
      },
      { backend: backend(), dynamic: { images: ['batch'] } },
    );
    const { least, cumulative } = maskedCounts(patches, masking);
    const images = randomTensor('images', [batch, 1]);
    const counts: number[] = [];
    const drawStep = async (step: number) => {
      const { mask, order, share } = await draw({ images, step: scalar(step) });
      const [masks, numbers] = (await Promise.all([mask.array(), order.array()])) as [
        boolean[][],
        number[][],
      ];
      return { masks, numbers, share: ((await share.array()) as number[])[0]! };
    };
    for (let step = 0; step < 60; step++) {
      const { masks, numbers, share } = await drawStep(step);
      const count = least + cumulative.filter((below) => Math.fround(share) >= Math.fround(below)).length;
      counts.push(count);
      for (const [image, mask] of masks.entries()) {
        const bound = [...numbers[image]!].sort((a, b) => a - b)[count - 1]!;
        expect(mask).toEqual(numbers[image]!.map((number) => number <= bound));
      }
      expect(masks[0]).not.toEqual(masks[1]);
    }
    expect((await drawStep(7)).masks).toEqual((await drawStep(7)).masks);
    expect(draw.compilations).toBe(1);
    expect(new Set(counts).size).toBeGreaterThan(4);
    // Within four deviations of the mean of so many draws.
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length / patches;
    expect(Math.abs(mean - 0.5052 - 0.5 / patches)).toBeLessThan((4 * 0.056) / Math.sqrt(60));
  });
});

describe('a masked encoder', () => {
  const trunk = { width: 16, depth: 1, heads: 2 };
  const model = withRandomValues(
    new MAETok({
      imageSize: 16,
      patchSize: 4,
      latentTokens: 3,
      latentWidth: 5,
      encoder: trunk,
      decoder: { ...trunk, modulated: true },
      masking,
    }),
    0.2,
  );
  let backend: Backend;
  beforeAll(async () => {
    backend = await reference();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it('sees nothing of masked patches and everything of others', async () => {
    const images = randomTensor('images', [1, 3, 16, 16]);
    const random = tracedRandom({ seed: 1, step: 2 });
    const { mask, latents } = model.quantized(images, random);
    const isMasked = ((await mask!.array()) as boolean[][])[0]!;
    for (const masked of [true, false]) {
      const patch = isMasked.indexOf(masked);
      const change = Array.from({ length: 3 * 256 }, (_, i) => {
        const [row, column] = [Math.floor((i % 256) / 16), i % 16];
        return Math.floor(row / 4) * 4 + Math.floor(column / 4) === patch ? 0.5 : 0;
      });
      const changed = images.add(tensor(change, { shape: [1, 3, 16, 16] }));
      const error = await relativeError(model.quantized(changed, random).latents, latents);
      if (masked) expect(error).toBe(0);
      else expect(error).toBeGreaterThan(1e-4);
    }
  });

  it('masks nothing without random numbers', async () => {
    const images = randomTensor('images', [2, 3, 16, 16]);
    const { mask, latents } = model.quantized(images);
    expect(mask).toBeUndefined();
    expect(await relativeError(model.encode(images), latents)).toBe(0);
    const masked = model.quantized(images, tracedRandom({ seed: 1, step: 2 })).latents;
    expect(await relativeError(masked, latents)).toBeGreaterThan(1e-3);
  });
});
