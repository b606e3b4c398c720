import { compile, evaluate, softplus, type Tensor, tensor, valueAndGrad } from '@softvq/core';
import { expect, it } from 'vitest';
import {
  entropyLoss,
  hingeDiscriminatorLoss,
  hingeGeneratorLoss,
  initialLecamState,
  type LecamState,
  lecamRegularization,
  nonSaturatingDiscriminatorLoss,
  nonSaturatingGeneratorLoss,
  reconstructionLoss,
  vanillaDiscriminatorLoss,
} from '../../src/losses/index.js';
import { describeOnBackends, expectClose, ofGradients, ofValues, openGolden } from './golden.js';

interface Logits {
  readonly real: Tensor;
  readonly fake: Tensor;
}

describeOnBackends((backend) => {
  it('computes the golden adversarial losses', async () => {
    const golden = await openGolden('adversarial-and-entropy');
    const losses = compile(
      ({ real, fake }: Logits) => ({
        hinge_d: hingeDiscriminatorLoss(real, fake),
        vanilla_d: vanillaDiscriminatorLoss(real, fake),
        hinge_g: hingeGeneratorLoss(fake),
      }),
      { backend: backend() },
    );
    const result = await losses({ real: golden.tensor('logits_real'), fake: golden.tensor('logits_fake') });
    for (const [name, loss] of Object.entries(result)) {
      await expectClose(name, loss, golden.tensor(name), ofValues);
    }
    await losses.dispose();
  });

  it('computes the intended non-saturating losses, of which the golden ones have the arguments swapped', async () => {
    const golden = await openGolden('adversarial-and-entropy');
    const crossEntropy = (logits: Tensor, target: Tensor): Tensor =>
      logits.mul(target).neg().add(softplus(logits)).mean();
    const losses = compile(
      ({ real, fake }: Logits) => {
        const one = real.mul(0).add(1);
        const zero = real.mul(0);
        return {
          ours: { d: nonSaturatingDiscriminatorLoss(real, fake), g: nonSaturatingGeneratorLoss(fake) },
          intended: {
            d: crossEntropy(real, one).add(crossEntropy(fake, zero)).mul(0.5),
            g: crossEntropy(fake, one),
          },
          swapped: {
            d: crossEntropy(one, real).add(crossEntropy(zero, fake)).mul(0.5),
            g: crossEntropy(one, fake),
          },
        };
      },
      { backend: backend() },
    );
    const { ours, intended, swapped } = await losses({
      real: golden.tensor('logits_real'),
      fake: golden.tensor('logits_fake'),
    });
    await expectClose('discriminator', ours.d, intended.d, ofValues);
    await expectClose('generator', ours.g, intended.g, ofValues);
    await expectClose('swapped discriminator', swapped.d, golden.tensor('non_saturating_d'), ofValues);
    await expectClose('swapped generator', swapped.g, golden.tensor('non_saturating_g'), ofValues);
    await losses.dispose();
  });

  it('rewards a non-saturating generator whatever the discriminator is sure of', async () => {
    const step = compile(({ fake }: { fake: Tensor }) => valueAndGrad(nonSaturatingGeneratorLoss)(fake), {
      backend: backend(),
    });
    const { value, gradient } = await step({ fake: tensor([-80, 0, 80]) });
    expect(await value.item()).toBeCloseTo((80 + Math.log(2)) / 3, 4);
    const expected = [-1 / 3, -1 / 6, 0];
    for (const [i, slope] of [...(await gradient.data())].entries()) {
      expect(Number(slope)).toBeCloseTo(expected[i]!, 5);
    }
    await step.dispose();
  });

  it('computes the golden LeCAM terms of five steps', async () => {
    const golden = await openGolden('adversarial-and-entropy');
    const step = compile(
      ({ state, real, fake }: { state: LecamState } & Logits) => lecamRegularization(real, fake, state),
      { backend: backend() },
    );
    let state = initialLecamState();
    for (let i = 0; i < 5; i++) {
      const real = golden.tensor(`lecam.real${i}`);
      const fake = golden.tensor(`lecam.fake${i}`);
      const { loss, state: next } = await step({ state, real, fake });
      await expectClose(`reg${i}`, loss, golden.tensor(`lecam.reg${i}`), ofValues);
      state = next;
    }
    await step.dispose();
  });

  it('computes the golden entropy loss with its gradient', async () => {
    const golden = await openGolden('adversarial-and-entropy');
    const step = compile(({ affinity }: { affinity: Tensor }) => valueAndGrad(entropyLoss)(affinity), {
      backend: backend(),
    });
    const { value, gradient } = await step({ affinity: golden.tensor('entropy.affinity') });
    await expectClose('loss', value, golden.tensor('entropy.loss'), ofValues);
    await expectClose('gradient', gradient, golden.tensor('entropy.grad'), ofGradients);
    await step.dispose();
  });

  it.each([
    ['l1', (1 + 0.5 + 2 + 0) / 4, [-1 / 4, 1 / 4, 1 / 4, 0]],
    ['l2', (1 + 0.25 + 4 + 0) / 4, [-2 / 4, 1 / 4, 4 / 4, 0]],
  ] as const)('computes the %s distance of images with its gradient', async (norm, expected, slopes) => {
    const step = compile(
      ({ reconstruction, images }: { reconstruction: Tensor; images: Tensor }) =>
        valueAndGrad((x: Tensor) => reconstructionLoss(x, images, norm))(reconstruction),
      { backend: backend() },
    );
    const images = tensor([
      [
        [
          [1, 0],
          [-1, 0.25],
        ],
      ],
    ]);
    const { value, gradient } = await step({
      reconstruction: tensor([
        [
          [
            [0, 0.5],
            [1, 0.25],
          ],
        ],
      ]),
      images,
    });
    await evaluate(value, gradient);
    expect(await value.item()).toBeCloseTo(expected, 6);
    expect([...(await gradient.data())].map((slope) => Number(slope) + 0)).toEqual([...slopes]);
    await step.dispose();
  });
});

it('refuses images of another shape and a decay out of range', () => {
  const image = tensor([[[[1, 2]]]]);
  expect(() => reconstructionLoss(image, tensor([1, 2]))).toThrow(/\[1, 1, 1, 2\].*\[2\]/);
  expect(() => lecamRegularization(image, image, initialLecamState(), { decay: 1.5 })).toThrow(/1\.5/);
});
