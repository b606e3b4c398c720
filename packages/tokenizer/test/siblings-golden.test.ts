import { compile, type Tensor, valueAndGrad } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { expect, it } from 'vitest';
import { AE, KL, klDivergence, VQ } from '../src/index.js';
import { describeOnBackends, expectFigures, goldenOptions, openGolden, tolerance } from './golden.js';

describeOnBackends((backend) => {
  it('computes every figure of golden vq', async () => {
    const golden = await openGolden('vq');
    const model = new VQ({ ...goldenOptions(golden.config), codebookSize: golden.config['K']! });
    expect(model.loadStateDict(golden.group('weight.')).missing).toEqual([]);
    const images = golden.tensor('input.image');

    const train = compile(
      ({ parameters }: { parameters: TensorRecord }) =>
        valueAndGrad((p: TensorRecord) => {
          const copy = model.with(p);
          const quantized = copy.quantized(images);
          const image = copy.decode(quantized.latents);
          const codebook = quantized.codebookLoss;
          const commitment = quantized.commitmentLoss.mul(0.25);
          const loss = image.sub(images).square().mean().add(codebook).add(commitment);
          return [loss, { latent: quantized.latents, image, codebook, commitment }] as const;
        })(parameters),
      { backend: backend() },
    );
    const result = await train({ parameters: model.parameters() });
    const { latent, image, codebook, commitment } = result.auxiliary;
    await expectFigures(golden, {
      'output.latent': latent,
      'output.image': image,
      'train.vq_loss': codebook,
      'train.commit_loss': commitment,
      'train.loss': result.value,
    });
    const expected = [...golden.group('grad.').keys()];
    expect(expected.sort()).toEqual(Object.keys(result.gradient).sort());
    const gradients = expected.map((key) => [`grad.${key}`, result.gradient[key]!]);
    await expectFigures(golden, Object.fromEntries(gradients), tolerance.gradient);
  });

  it('computes every figure of golden kl', async () => {
    const golden = await openGolden('kl');
    const model = new KL(goldenOptions(golden.config));
    expect(model.loadStateDict(golden.group('weight.')).missing).toEqual([]);

    const forward = compile(
      ({ images, noise }: { images: Tensor; noise: Tensor }) => {
        const { mean, logVariance, latents } = model.quantized(images, noise);
        const mode = model.encode(images);
        return {
          mean,
          logVariance,
          latents,
          mode,
          kl: klDivergence({ mean, logVariance }),
          image: model.decode(mode),
        };
      },
      { backend: backend() },
    );
    const result = await forward({
      images: golden.tensor('input.image'),
      noise: golden.tensor('draw.noise'),
    });
    await expectFigures(golden, { 'output.mean': result.mode });
    await expectFigures(golden, {
      'output.mean': result.mean,
      'output.logvar': result.logVariance,
      'output.sampled_latent': result.latents,
      'output.kl': result.kl,
      'output.image': result.image,
    });
  });

  it('computes every figure of golden ae', async () => {
    const golden = await openGolden('ae');
    const model = new AE(goldenOptions(golden.config));
    expect(model.loadStateDict(golden.group('weight.')).missing).toEqual([]);

    const forward = compile(
      ({ images }: { images: Tensor }) => {
        const latents = model.encode(images);
        return { latents, image: model.decode(latents) };
      },
      { backend: backend() },
    );
    const { latents, image } = await forward({ images: golden.tensor('input.image') });
    await expectFigures(golden, { 'output.latent': latents, 'output.image': image });
  });
});
