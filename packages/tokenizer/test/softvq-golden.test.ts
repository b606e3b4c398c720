import { cpu } from '@softvq/backends/cpu';
import { reference } from '@softvq/backends/reference';
import {
  type Backend,
  compile,
  fromStored,
  type HostArray,
  mapTree,
  type Tensor,
  valueAndGrad,
} from '@softvq/core';
import { openSafetensors } from '@softvq/core/io';
import type { TensorRecord } from '@softvq/core/nn';
import { openFile } from '@softvq/core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entropyLoss, SoftVQ } from '../src/index.js';

const fixtures = new URL('../../../fixtures/golden/tokenizer/', import.meta.url);

async function openGolden(name: string) {
  const { tensors, metadata } = await openSafetensors(
    await openFile(new URL(`${name}.safetensors`, fixtures).pathname),
  );
  const tensor = (key: string): Tensor => fromStored(tensors.get(key)!);
  const group = (prefix: string): Map<string, Tensor> =>
    new Map(
      [...tensors].flatMap(([key, stored]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), fromStored(stored)] as const] : [],
      ),
    );
  return { tensor, group, config: JSON.parse(metadata['config']!) as Record<string, number> };
}

/** ‖a − b‖ / ‖b‖, the measure of all golden vectors. */
async function relativeError(actual: Tensor, expected: Tensor): Promise<number> {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = (await Promise.all([actual.host(), expected.host()])).map(({ data }) => data as HostArray);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b!.length; i++) {
    difference += (Number(a![i]) - Number(b![i])) ** 2;
    size += Number(b![i]) ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}

function modelFor(config: Record<string, number>, normalized: boolean): SoftVQ {
  const trunk = { width: config['dim']!, depth: config['depth']!, heads: config['heads']! };
  return new SoftVQ({
    imageSize: config['img']!,
    patchSize: config['p']!,
    latentTokens: config['L']!,
    latentWidth: config['e']!,
    codebooks: config['nc']!,
    codebookSize: config['K']!,
    temperature: config['tau']!,
    normalized,
    encoder: trunk,
    decoder: trunk,
  });
}

describe.each([
  ['cpu', cpu],
  ['reference', reference],
] as const)('on %s', (_, factory) => {
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
    const model = modelFor(golden.config, normalized);
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
    mapTree({ ...result, value, gradient }, (tensor) => {
      tensor.dispose();
      return tensor;
    });
  });
});
