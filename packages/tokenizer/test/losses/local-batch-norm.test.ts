import { compile, concat, tensor, zeros } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { expect, it } from 'vitest';
import { LocalBatchNorm } from '../../src/losses/local-batch-norm.js';
import { describeOnBackends, expectClose, ofValues } from './golden.js';

describeOnBackends((backend) => {
  it('normalises groups of eight on their own', async () => {
    const norm = new LocalBatchNorm(2).with({ weight: tensor([2, 3]), bias: tensor([5, -1]) });
    const numbers = new RandomStream({ seed: 0, name: 'x' }).normal(16 * 2 * 3, { mean: 4 });
    const x = tensor(numbers, { shape: [16, 2, 3] });
    const run = compile(
      () => {
        const halves = [x.slice([{ stop: 8 }]), x.slice([{ start: 8 }])];
        const whole = norm.forward(x);
        const first = whole.slice([{ stop: 8 }]);
        return {
          whole,
          apart: concat(halves.map((half) => norm.forward(half))),
          mean: first.mean([0, 2]),
          deviation: first
            .sub(norm.bias.reshape([2, 1]))
            .square()
            .mean([0, 2])
            .sqrt(),
        };
      },
      { backend: backend() },
    );
    const { whole, apart, mean, deviation } = await run({});
    await expectClose('groups', whole, apart, ofValues);
    await expectClose('mean', mean, norm.bias, ofValues);
    await expectClose('deviation', deviation, norm.weight, ofValues);
    await run.dispose();
  });
});

it('refuses a batch that does not divide into equal groups', () => {
  expect(() => new LocalBatchNorm(2).forward(zeros([9, 2, 3]))).toThrow(/\[9, 2, 3\]/);
});
