import { compile, tensor } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { expect, it } from 'vitest';
import { SpectralConv1d } from '../../src/losses/spectral-norm.js';
import { describeOnBackends, expectClose, ofValues } from './golden.js';

describeOnBackends((backend) => {
  it('divides by the largest singular value once the iteration has found it', async () => {
    const layer = new SpectralConv1d(2, 2);
    // Twice a rotation times diag(3, 1): singular values 6 and 2.
    const [cosine, sine] = [Math.cos(0.4), Math.sin(0.4)];
    const weight = [
      [6 * cosine, -2 * sine],
      [6 * sine, 2 * cosine],
    ] as const;
    const x = tensor([[[1], [0.5]]]);
    const step = compile(
      ({ buffers }: { buffers: TensorRecord }) => {
        const weights = { weight_orig: tensor(weight.flat(), { shape: [2, 2, 1] }), bias: tensor([0, 10]) };
        const current = layer.with({ ...weights, ...buffers });
        return { ...current.train(x), evaluated: current.forward(x) };
      },
      { backend: backend() },
    );
    let result = await step({ buffers: { weight_u: tensor([0, 1]), weight_v: tensor([0, 1]) } });
    for (let i = 0; i < 10; i++) result = await step({ buffers: result.buffers });
    const expected = weight.map(([first, second], i) => [(first + second * 0.5) / 6 + 10 * i]);
    await expectClose('trained', result.output, tensor([expected]), ofValues);
    await expectClose('evaluated', result.evaluated, tensor([expected]), ofValues);
    await step.dispose();
  });

  it('convolves around the ends', async () => {
    const layer = new SpectralConv1d(1, 1, { kernel: 3 }).with({
      weight_orig: tensor([[[3, 0, 4]]]),
      bias: tensor([0]),
      weight_u: tensor([1]),
    });
    const run = compile(() => layer.train(tensor([[[1, 2, 3, 4]]])).output, { backend: backend() });
    // A row has its length, 5, as its singular value.
    const expected = [3 * 4 + 4 * 2, 3 * 1 + 4 * 3, 3 * 2 + 4 * 4, 3 * 3 + 4 * 1].map((sum) => sum / 5);
    await expectClose('output', await run({}), tensor([[expected]]), ofValues);
    await run.dispose();
  });
});

it('refuses an even window', () => {
  expect(() => new SpectralConv1d(1, 1, { kernel: 4 })).toThrow(/odd, not 4/);
});
