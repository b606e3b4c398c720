import { compile, type Tensor, valueAndGrad } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { expect, it } from 'vitest';
import { entropyLoss, SoftVQ } from '../src/index.js';
import {
  describeOnBackends,
  disposeAll,
  expectFigures,
  goldenIndices,
  goldenSoftVQOptions,
  openGolden,
  tolerance,
} from './golden.js';

describeOnBackends((backend) => {
  it.each([
    ['softvq', true],
    ['softvq-no-l2', false],
  ] as const)('computes every figure of golden %s', async (name, normalized) => {
    const golden = await openGolden(name);
    const model = new SoftVQ({ ...goldenSoftVQOptions(golden.config), normalized });
    const report = model.loadStateDict(golden.group('weight.'));
    expect(report.missing).toEqual([]);

    const forward = compile(
      ({ images }: { images: Tensor }) => {
        const encoded = model.encoder.forward(images);
        const beforeQuantizer = model.quant_conv.forward(encoded);
        const quantized = model.quantize.forward(beforeQuantizer);
        return {
          encoded,
          beforeQuantizer,
          latent: quantized.latents,
          indices: model.quantize.indices(quantized),
          image: model.decode(quantized.latents),
        };
      },
      { backend: backend() },
    );
    const images = golden.tensor('input.image');
    const { indices, encoded, beforeQuantizer, latent, image } = await forward({ images });
    expect(await indices.array()).toEqual(await goldenIndices(golden.tensor('output.indices')));
    indices.dispose();
    await expectFigures(golden, {
      'output.encoder': encoded,
      'output.pre_quant': beforeQuantizer,
      'output.latent': latent,
      'output.image': image,
    });

    const train = compile(
      ({ parameters, images }: { parameters: TensorRecord; images: Tensor }) =>
        valueAndGrad((p: TensorRecord) => {
          const copy = model.with(p);
          const quantized = copy.quantized(images);
          const mse = copy.decode(quantized.latents).sub(images).square().mean();
          const entropy = entropyLoss(quantized.logits).mul(0.01);
          return [mse.add(entropy), { mse, entropy }] as const;
        })(parameters),
      { backend: backend() },
    );
    const { value, auxiliary, gradient } = await train({ parameters: model.parameters(), images });
    await expectFigures(golden, {
      'train.mse': auxiliary.mse,
      'train.entropy_loss': auxiliary.entropy,
      'train.loss': value,
    });
    const gradients = [...golden.group('grad.').keys()].map((key) => [`grad.${key}`, gradient[key]!]);
    await expectFigures(golden, Object.fromEntries(gradients), tolerance.gradient);
    disposeAll(gradient);
  });
});
