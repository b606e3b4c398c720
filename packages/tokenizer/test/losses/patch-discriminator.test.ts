import { compile, type Tensor, valueAndGrad, zeros } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { expect, it } from 'vitest';
import { PatchDiscriminator } from '../../src/losses/index.js';
import { describeOnBackends, expectClose, ofGradients, ofValues, openGolden } from './golden.js';

describeOnBackends((backend) => {
  it('computes the golden logits, running statistics and gradients', async () => {
    const golden = await openGolden('patchgan');
    const config = JSON.parse(golden.metadata['config']!) as { ndf: number; n_layers: number };
    const discriminator = new PatchDiscriminator({ width: config.ndf, layers: config.n_layers });
    const after = golden.group('weight.');
    const isStatistic = (name: string): boolean => /running_(mean|var)$/.test(name);
    // The file has the statistics after the pass; before it they are those of a new module.
    const before = new Map([...after].filter(([name]) => !isStatistic(name)));
    const report = discriminator.loadStateDict(before, { ignore: [/running_(mean|var)$/] });
    expect(report.loaded).toHaveLength(13);

    const step = compile(
      ({ parameters, images }: { parameters: TensorRecord; images: Tensor }) =>
        valueAndGrad((variables: { parameters: TensorRecord; images: Tensor }) => {
          const { logits, buffers } = discriminator.with(variables.parameters).train(variables.images);
          return [logits.mean().neg(), { logits, buffers }] as const;
        })({ parameters, images }),
      { backend: backend() },
    );
    const { auxiliary, gradient } = await step({
      parameters: discriminator.parameters(),
      images: golden.tensor('input.image'),
    });
    await expectClose('logits', auxiliary.logits, golden.tensor('output.logits'), ofValues);
    expect(Object.keys(auxiliary.buffers).sort()).toEqual([...after.keys()].filter(isStatistic).sort());
    for (const [name, statistic] of Object.entries(auxiliary.buffers)) {
      await expectClose(name, statistic, after.get(name)!, ofValues);
    }
    const { image, ...parameters } = Object.fromEntries(golden.group('grad.'));
    await expectClose('gradient of the image', gradient.images, image!, ofGradients);
    expect(Object.keys(gradient.parameters).sort()).toEqual(Object.keys(parameters).sort());
    for (const [name, expected] of Object.entries(parameters)) {
      await expectClose(`gradient of ${name}`, gradient.parameters[name]!, expected, ofGradients);
    }
    await step.dispose();
  });

  it('evaluates by the running statistics', async () => {
    const images = (await openGolden('patchgan')).tensor('input.image');
    const discriminator = new PatchDiscriminator({ width: 8 });
    const compare = compile(
      () => {
        const zero = Object.entries(discriminator.buffers()).map(([name, { shape }]) => [name, zeros(shape)]);
        const { logits, buffers } = discriminator.with(Object.fromEntries(zero)).train(images);
        // A tenth of the batch's statistics is in the running ones, with the variances unbiased over batch and
        // positions. With the batch's own, evaluation is what training is.
        const counts: Readonly<Record<string, number>> = { 3: 3 * 8 * 8, 6: 3 * 4 * 4, 9: 3 * 3 * 3 };
        const ofBatch = Object.entries(buffers).map(([name, running]) => {
          const count = counts[name.split('.')[1]!]!;
          return [name, running.mul(name.endsWith('running_mean') ? 10 : (10 * (count - 1)) / count)];
        });
        return { logits, evaluated: discriminator.with(Object.fromEntries(ofBatch)).forward(images) };
      },
      { backend: backend() },
    );
    const { logits, evaluated } = await compare({});
    await expectClose('logits', evaluated, logits, ofValues);
    await compare.dispose();
  });
});

it('has the channels of the original and refuses no layers', () => {
  const shapes = Object.entries(new PatchDiscriminator().parameters()).map(([name, { shape }]) => [
    name,
    shape,
  ]);
  expect(Object.fromEntries(shapes)).toMatchObject({
    'main.0.weight': [64, 3, 4, 4],
    'main.8.weight': [512, 256, 4, 4],
    'main.11.weight': [1, 512, 4, 4],
  });
  expect(() => new PatchDiscriminator({ layers: 0 })).toThrow(/not 0/);
});
