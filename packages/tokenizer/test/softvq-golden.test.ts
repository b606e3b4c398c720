import { type Backend, compile, type Tensor, valueAndGrad } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entropyLoss, SoftVQ } from '../src/index.js';
import {
  backends,
  disposeAll,
  goldenIndices,
  goldenSoftVQOptions,
  openGolden,
  relativeError,
} from './golden.js';

describe.each(backends)('on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
  });
  afterAll(() => backend.dispose());

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
      { backend },
    );
    const images = golden.tensor('input.image');
    const result = await forward({ images });
    expect(await relativeError(result.encoded, golden.tensor('output.encoder'))).toBeLessThan(1e-4);
    expect(await relativeError(result.beforeQuantizer, golden.tensor('output.pre_quant'))).toBeLessThan(1e-4);
    expect(await relativeError(result.latent, golden.tensor('output.latent'))).toBeLessThan(1e-4);
    expect(await relativeError(result.image, golden.tensor('output.image'))).toBeLessThan(1e-4);

    expect(await result.indices.array()).toEqual(await goldenIndices(golden.tensor('output.indices')));

    const train = compile(
      ({ parameters, images }: { parameters: TensorRecord; images: Tensor }) =>
        valueAndGrad((p: TensorRecord) => {
          const copy = model.with(p);
          const quantized = copy.quantized(images);
          const mse = copy.decode(quantized.latents).sub(images).square().mean();
          const entropy = entropyLoss(quantized.logits).mul(0.01);
          return [mse.add(entropy), { mse, entropy }] as const;
        })(parameters),
      { backend },
    );
    const { value, auxiliary, gradient } = await train({ parameters: model.parameters(), images });
    expect(await relativeError(auxiliary.mse, golden.tensor('train.mse'))).toBeLessThan(1e-4);
    expect(await relativeError(auxiliary.entropy, golden.tensor('train.entropy_loss'))).toBeLessThan(1e-4);
    expect(await relativeError(value, golden.tensor('train.loss'))).toBeLessThan(1e-4);
    for (const [key, expected] of golden.group('grad.')) {
      expect(await relativeError(gradient[key]!, expected), key).toBeLessThan(1e-3);
    }
    disposeAll({ ...result, value, gradient });
  });
});
