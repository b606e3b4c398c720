import { compile, type Tensor, tensor, valueAndGrad } from '@softvq/core';
import { type TracedRandom, tracedRandom } from '@softvq/core/nn';
import { expect, it } from 'vitest';
import {
  adaptiveAdversarialWeight,
  consistencyRegularization,
  drawDiffAugment,
  drawDinoCrop,
  weakAugmentation,
} from '../../src/losses/index.js';
import { describeOnBackends } from './golden.js';
import { expectGradient } from './slopes.js';

describeOnBackends((backend) => {
  it('weighs the adversarial loss by the lengths of gradients, and as a constant', async () => {
    const run = compile(
      ({ w }: { w: Tensor }) =>
        valueAndGrad((variable: Tensor) => {
          // Gradients of length 3 √4 and ½ √4.
          const adaptive = adaptiveAdversarialWeight(
            variable.mul(3).sum(),
            variable.mul(0.5).sum(),
            variable,
          );
          const flat = adaptiveAdversarialWeight(variable.sum(), variable.mul(0).sum(), variable);
          return [adaptive.mul(variable.sum()), { adaptive, flat }] as const;
        })(w),
      { backend: backend() },
    );
    const { auxiliary, gradient } = await run({ w: tensor([1, -2, 3, 4]) });
    expect(await auxiliary.adaptive.item()).toBeCloseTo(6 / 1.0001, 4);
    expect(await auxiliary.flat.item()).toBe(1e4);
    for (const slope of (await gradient.data()) as Float32Array) expect(slope).toBeCloseTo(6 / 1.0001, 4);
    await run.dispose();
  });

  it('compares logits of two augmentations, with a gradient on both sides', async () => {
    const pairs = {
      weak: { real: tensor([1, 2, 3]), fake: tensor([0]) },
      strong: { real: tensor([2, 2, 1]), fake: tensor([-3]) },
    };
    const loss = ({ weak, strong }: typeof pairs): Tensor => consistencyRegularization(weak, strong);
    const run = compile((input: typeof pairs) => valueAndGrad(loss)(input), { backend: backend() });
    const { value, gradient } = await run(pairs);
    expect(await value.item()).toBeCloseTo((1 + 0 + 4 + 9) / 4, 6);
    expect([...((await gradient.weak.real.data()) as Float32Array)]).toEqual([-0.5, 0, 1]);
    expect([...((await gradient.strong.fake.data()) as Float32Array)]).toEqual([-1.5]);
    await expectGradient(backend(), loss, pairs);
    await run.dispose();
  });

  it('draws inside a compiled step, in range and other numbers each step', async () => {
    const size = { batch: 600, height: 20, width: 25 };
    const run = compile(
      ({ step }: { step: Tensor }) => {
        const random: TracedRandom = tracedRandom({ seed: 3, step });
        return {
          draws: drawDiffAugment(random, size, weakAugmentation),
          crop: drawDinoCrop(random, 226, 230),
        };
      },
      { backend: backend() },
    );
    const first = await run({ step: tensor(0) });
    const second = await run({ step: tensor(1) });
    const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
    const range = async (x: Tensor): Promise<number[]> => {
      const all = await numbers(x);
      expect(all.every(Number.isInteger)).toBe(true);
      return [Math.min(...all), Math.max(...all)];
    };
    expect(await range(first.draws.translation.rows)).toEqual([-3, 3]);
    expect(await range(first.draws.cutout.rows)).toEqual([0, 20]);
    expect(await range(first.draws.cutout.columns)).toEqual([0, 24]);
    const brightness = await numbers(first.draws.brightness);
    expect(brightness.reduce((sum, value) => sum + value) / 600).toBeCloseTo(0.5, 1);
    expect(brightness).not.toEqual(await numbers(second.draws.brightness));
    expect(brightness).not.toEqual(await numbers(first.draws.contrast));
    expect(first.crop.row.dtype).toBe('int32');
    expect([0, 1, 2]).toContain(await first.crop.row.item());
    expect([0, 1, 2, 3, 4, 5, 6]).toContain(await first.crop.column.item());
    await run.dispose();
  });
});

it('refuses logits that do not belong together', () => {
  const [one, two] = [tensor([1]), tensor([1, 2])];
  expect(() => consistencyRegularization({ real: one, fake: one }, { real: one, fake: two })).toThrow(
    /fake logits are \[1\] and \[2\]/,
  );
});
