import { type Backend, compile, type Tensor, valueAndGrad } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AE, KL, klDivergence, VQ } from '../src/index.js';
import { backends, disposeAll, goldenOptions, openGolden, relativeError, tolerance } from './golden.js';

describe.each(backends)('on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
  });
  afterAll(() => backend.dispose());

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
      { backend },
    );
    const result = await train({ parameters: model.parameters() });
    const { latent, image, codebook, commitment } = result.auxiliary;
    expect(await relativeError(latent, golden.tensor('output.latent'))).toBeLessThan(tolerance.output);
    expect(await relativeError(image, golden.tensor('output.image'))).toBeLessThan(tolerance.output);
    expect(await relativeError(codebook, golden.tensor('train.vq_loss'))).toBeLessThan(tolerance.output);
    expect(await relativeError(commitment, golden.tensor('train.commit_loss'))).toBeLessThan(
      tolerance.output,
    );
    expect(await relativeError(result.value, golden.tensor('train.loss'))).toBeLessThan(tolerance.output);
    const gradients = golden.group('grad.');
    expect([...gradients.keys()].sort()).toEqual(Object.keys(result.gradient).sort());
    for (const [key, expected] of gradients) {
      expect(await relativeError(result.gradient[key]!, expected), key).toBeLessThan(tolerance.gradient);
    }
    disposeAll(result);
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
      { backend },
    );
    const result = await forward({
      images: golden.tensor('input.image'),
      noise: golden.tensor('draw.noise'),
    });
    const figures = [
      [result.mean, 'output.mean'],
      [result.mode, 'output.mean'],
      [result.logVariance, 'output.logvar'],
      [result.latents, 'output.sampled_latent'],
      [result.kl, 'output.kl'],
      [result.image, 'output.image'],
    ] as const;
    for (const [actual, name] of figures) {
      expect(await relativeError(actual, golden.tensor(name)), name).toBeLessThan(tolerance.output);
    }
    disposeAll(result);
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
      { backend },
    );
    const result = await forward({ images: golden.tensor('input.image') });
    expect(await relativeError(result.latents, golden.tensor('output.latent'))).toBeLessThan(
      tolerance.output,
    );
    expect(await relativeError(result.image, golden.tensor('output.image'))).toBeLessThan(tolerance.output);
    disposeAll(result);
  });
});
