import { compile, type Tensor, tensor, zeros } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { expect, it } from 'vitest';
import {
  type AlignmentMode,
  alignmentModes,
  alignmentProjector,
  representationAlignment,
} from '../../src/losses/index.js';
import { describeOnBackends, expectClose, ofValues } from './golden.js';
import { expectGradient } from './slopes.js';

const latents = tensor([
  [
    [1, 0],
    [0, 2],
  ],
]);
const features = tensor([
  [
    [1, 0],
    [1, 1],
    [0, 1],
    [-1, 0],
  ],
]);
const root = Math.SQRT1_2;

describeOnBackends((backend) => {
  it.each<[AlignmentMode, number]>([
    // Tokens [1, 0] and [0, 2] with the two patches of each.
    ['repeat', -(1 + root + 1 + 0) / 4],
    // With [1, ½] and [−½, ½].
    ['avg_1d', -(1 / Math.hypot(1, 0.5) + root) / 2],
    // Patches in reverse: with [−½, ½] and [1, ½].
    ['avg_1d_shuffle', -(-root + 0.5 / Math.hypot(1, 0.5)) / 2],
    // [½, 1] with [¼, ½].
    ['global', -1],
  ])('aligns by "%s" as by hand', async (mode, expected) => {
    const permutation = tensor([3, 2, 1, 0], { dtype: 'int32' });
    const run = compile(
      ({ z }: { z: Tensor }) => representationAlignment(z, features, (x) => x, { mode, permutation }),
      { backend: backend() },
    );
    expect(await (await run({ z: latents })).item()).toBeCloseTo(expected, 5);
    await run.dispose();
  });

  it('averages stretches that overlap where patches do not divide', async () => {
    const five = tensor([
      [
        [1, 0],
        [1, 0],
        [0, 1],
        [0, 1],
        [0, 1],
      ],
    ]);
    const run = compile(
      ({ z }: { z: Tensor }) => representationAlignment(z, five, (x) => x, { mode: 'avg_1d' }),
      { backend: backend() },
    );
    // Patches 0 to 2 and 2 to 4.
    const expected = -(2 / Math.hypot(2, 1) + 1) / 2;
    expect(await (await run({ z: latents })).item()).toBeCloseTo(expected, 5);
    await run.dispose();
  });

  it('projects by three layers with SiLU between', async () => {
    const projector = alignmentProjector(1, 2, { hidden: 1 }).with({
      '0.weight': tensor([[2]]),
      '0.bias': tensor([-1]),
      '2.weight': tensor([[3]]),
      '2.bias': tensor([0.5]),
      '4.weight': tensor([[1], [-2]]),
      '4.bias': tensor([0, 1]),
    });
    const silu = (x: number): number => x / (1 + Math.exp(-x));
    const hidden = silu(3 * silu(2 * 0.7 - 1) + 0.5);
    const run = compile(({ x }: { x: Tensor }) => projector.forward(x), { backend: backend() });
    await expectClose(
      'projection',
      await run({ x: tensor([[0.7]]) }),
      tensor([[hidden, 1 - 2 * hidden]]),
      ofValues,
    );
    await run.dispose();
  });

  it.each(alignmentModes)('has the gradient of its differences by "%s"', async (mode) => {
    const random = new RandomStream({ seed: 6, name: 'alignment' });
    const projector = alignmentProjector(3, 5, { hidden: 4, random });
    const target = tensor(random.child('features').normal(2 * 4 * 5), { shape: [2, 4, 5] });
    const permutation = tensor([2, 0, 3, 1], { dtype: 'int32' });
    await expectGradient(
      backend(),
      ({ z, parameters }: { z: Tensor; parameters: Record<string, Tensor> }) => {
        const current = projector.with(parameters);
        return representationAlignment(z, target, (x) => current.forward(x), { mode, permutation });
      },
      {
        z: tensor(random.child('latents').normal(2 * 2 * 3), { shape: [2, 2, 3] }),
        parameters: projector.parameters(),
      },
      2e-3,
    );
  });
});

it('refuses shapes that do not fit, unknown modes, and a shuffle without permutation', () => {
  const align = (z: Tensor, y: Tensor, mode: AlignmentMode) => () =>
    representationAlignment(z, y, (x) => x, { mode });
  expect(align(zeros([2, 2, 2]), features, 'global')).toThrow(/one batch, not \[2, 2, 2\] and \[1, 4, 2\]/);
  expect(align(zeros([1, 3, 2]), features, 'repeat')).toThrow(/not 4 and 3/);
  expect(align(latents, features, 'avg_1d_shuffle')).toThrow(/permutation/);
  expect(align(latents, features, 'avg_2d' as AlignmentMode)).toThrow(/not "avg_2d"/);
});
