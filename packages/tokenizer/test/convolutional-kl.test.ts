import { cpu } from '@softvq/backends/cpu';
import {
  argmin,
  type Backend,
  cast,
  compile,
  fromStored,
  normalize,
  setDefaultBackend,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from '@softvq/core';
import { openSafetensors } from '@softvq/core/io';
import type { Module, TensorRecord } from '@softvq/core/nn';
import { openFile } from '@softvq/core/node';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConvolutionalKL, ConvolutionalVQ, convolutionalMultipliers } from '../src/index.js';
import { describeOnBackends, expectFigures, goldenPath, relativeError, tolerance } from './golden.js';
import { hashNumbers } from './losses/hash-weights.js';

interface GoldenConfig {
  readonly ch: number;
  readonly ch_mult: readonly number[];
  readonly num_res_blocks: number;
  readonly z_channels: number;
  readonly latent_channels: number;
}

async function openGolden() {
  const { tensors, metadata } = await openSafetensors(
    await openFile(goldenPath('tokenizer/kl-cnn.safetensors')),
  );
  const config = JSON.parse(metadata['config']!) as GoldenConfig;
  const model = new ConvolutionalKL({
    imageSize: 32,
    channels: config.ch,
    multipliers: config.ch_mult,
    residualBlocks: config.num_res_blocks,
    encodedChannels: config.z_channels,
    latentChannels: config.latent_channels,
  });
  return {
    model,
    tensor: (name: string): Tensor => fromStored(tensors.get(name)!),
    gradients: [...tensors.keys()].flatMap((key) =>
      key.startsWith('grad.') ? [key.slice('grad.'.length)] : [],
    ),
    names: (part: 'encoder' | 'decoder'): string[] => JSON.parse(metadata[`${part}_names`]!) as string[],
  };
}

/** The weights that the golden figures were computed with, which are defined instead of stored. */
function hashWeights(model: ConvolutionalKL): Record<string, Tensor> {
  const parts: readonly (readonly [name: string, module: Module, salt: number])[] = [
    ['encoder', model.encoder, 4000],
    ['decoder', model.decoder, 5000],
    ['quant_conv', model.quant_conv, 6000],
    ['post_quant_conv', model.post_quant_conv, 6100],
  ];
  const weights = parts.flatMap(([part, module, salt]) => {
    const state = module.stateDict();
    return Object.keys(state)
      .sort()
      .map((name, index) => {
        const shape = state[name]!.shape as readonly number[];
        return [`${part}.${name}`, hashWeight(name, shape, salt + index)] as const;
      });
  });
  return Object.fromEntries(weights);
}

function hashWeight(name: string, shape: readonly number[], salt: number): Tensor {
  const product = (sizes: readonly number[]): number => sizes.reduce((result, size) => result * size, 1);
  const numbers = hashNumbers(product(shape), salt);
  const scale = shape.length >= 2 ? Math.sqrt(3 / product(shape.slice(1))) : 0.1;
  const center = /norm\w*\.weight$/.test(name) ? 1 : 0;
  return tensor(
    numbers.map((u) => center + u * scale),
    { shape },
  );
}

describeOnBackends((backend) => {
  it('computes every figure of golden kl-cnn', async () => {
    const golden = await openGolden();
    const model = golden.model.with(hashWeights(golden.model));
    const images = golden.tensor('input.image');
    const chosen = model.parameters();
    const train = compile(
      ({ parameters }: { parameters: TensorRecord }) =>
        valueAndGrad((p: TensorRecord) => {
          const copy = model.with(p);
          const { mean, logVariance, divergence } = copy.quantized(images);
          const image = copy.decode(mean);
          const loss = image.sub(images).square().mean().add(divergence.mean().mul(1e-3));
          return [loss, { encoder: copy.encoder.forward(images), mean, logVariance, image }] as const;
        })(parameters),
      { backend: backend() },
    );
    const result = await train({
      parameters: Object.fromEntries(golden.gradients.map((name) => [name, chosen[name]!])),
    });
    const { encoder, mean, logVariance, image } = result.auxiliary;
    await expectFigures(golden, {
      'output.encoder': encoder,
      'output.mean': mean,
      'output.logvar': logVariance,
      'output.image': image,
      'train.loss': result.value,
    });
    expect(golden.gradients).toHaveLength(4);
    const gradients = golden.gradients.map((name) => [`grad.${name}`, result.gradient[name]!]);
    await expectFigures(golden, Object.fromEntries(gradients), tolerance.gradient);
  });
});

it('names its parameters as the official checkpoints do', async () => {
  const { model, names } = await openGolden();
  expect(Object.keys(model.encoder.stateDict()).sort()).toEqual(names('encoder'));
  expect(Object.keys(model.decoder.stateDict()).sort()).toEqual(names('decoder'));
  const others = Object.keys(model.stateDict()).filter((name) => !/^(encoder|decoder)\./.test(name));
  expect(others.sort()).toEqual([
    'post_quant_conv.bias',
    'post_quant_conv.weight',
    'quant_conv.bias',
    'quant_conv.weight',
  ]);
});

describe('a small one', () => {
  const options = {
    imageSize: 8,
    channels: 32,
    multipliers: [1, 1],
    residualBlocks: 1,
    encodedChannels: 8,
    latentChannels: 3,
  };
  const model = new ConvolutionalKL(options);
  const discrete = new ConvolutionalVQ({ ...options, codebookSize: 16 });
  const images = (shape: readonly [number, 3, number, number]): Tensor => {
    const random = new RandomStream({ seed: 1, name: 'images' });
    return tensor(
      random.uniform(
        shape.reduce((a, b) => a * b),
        { low: -1 },
      ),
      { shape },
    );
  };
  let backend: Backend;
  beforeAll(async () => {
    backend = await cpu();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it('lends its weights to tokenizers of other image sizes', async () => {
    const larger = new ConvolutionalKL({ ...options, imageSize: 16, seed: 9 });
    larger.loadStateDict(model.stateDict());
    const grid = larger.encode(images([1, 3, 16, 16]));
    expect(grid.shape).toEqual([1, 3, 8, 8]);
    expect(larger.decode(grid).shape).toEqual([1, 3, 16, 16]);
    expect(await relativeError(larger.quant_conv.weight, model.quant_conv.weight)).toBe(0);
  });

  it('trains on batches of any size', async () => {
    const name = 'encoder.conv_in.weight';
    const gradient = (x: Tensor): Tensor =>
      valueAndGrad((weight: Tensor) => {
        const copy = model.with({ [name]: weight });
        const { latents, divergence } = copy.quantized(x);
        return copy.decode(latents).sub(x).square().mean().add(divergence.mean());
      })(model.parameters()[name]!).gradient;
    const run = compile(({ x }: { x: Tensor }) => gradient(x), { backend, dynamic: { x: ['batch'] } });
    const x = images([2, 3, 8, 8]);
    const result = await run({ x });
    expect(await relativeError(result, gradient(x))).toBeLessThan(1e-5);
    result.dispose();
  });

  it('samples mean + deviation · noise and measures the divergence', async () => {
    const noise = tensor(new RandomStream({ seed: 2, name: 'noise' }).normal(96), { shape: [2, 3, 4, 4] });
    const { latents, mean, logVariance, divergence } = model.quantized(images([2, 3, 8, 8]), noise);
    const sample = mean.add(logVariance.mul(0.5).exp().mul(noise));
    const terms = mean.square().add(logVariance.exp()).sub(1).sub(logVariance);
    expect(await relativeError(latents, sample)).toBeLessThan(1e-6);
    expect(await relativeError(divergence, terms.sum([1, 2, 3]).mul(0.5))).toBeLessThan(1e-5);
  });

  it('finds the nearest codeword of every place and decodes it', async () => {
    const x = images([2, 3, 8, 8]);
    const { latents } = discrete.quantized(x);
    const codewords = discrete.quantize.embedding.weight;
    const encoded = normalize(discrete.quant_conv.forward(discrete.encoder.forward(x)), 1);
    const distances = encoded
      .reshape([2, 1, 3, 4, 4])
      .sub(normalize(codewords).reshape([1, 16, 3, 1, 1]))
      .square()
      .sum(2);
    const indices = discrete.indices(x);
    expect(indices.shape).toEqual([2, 4, 4]);
    expect(await indices.array()).toEqual(await argmin(distances, 1).array());
    expect(await relativeError(discrete.decodeIndices(indices), discrete.decode(latents))).toBeLessThan(1e-5);
    expect(Object.keys(discrete.stateDict())).toContain('quantize.embedding.weight');
    expect(() => discrete.decodeIndices(indices.reshape([2, 16]))).toThrow(
      /indices \(batch, rows, columns\)/,
    );
  });

  it.each([
    ['sides', [1, 3, 16, 16]],
    ['channels', [1, 4, 8, 8]],
    ['rank', [3, 8, 8]],
  ])('refuses images of other %s', (_, shape) => {
    expect(() => model.encode(zeros(shape))).toThrow(/takes images \(batch, 3, 8, 8\), not/);
  });

  it('refuses latents of another depth, noise of another shape and other element types', () => {
    expect(() => model.decode(zeros([1, 4, 4, 4]))).toThrow(/latents \(batch, 3, 4, 4\), not/);
    expect(() => model.quantized(zeros([1, 3, 8, 8]), zeros([1, 3, 8, 8]))).toThrow(
      /noise of a posterior is \[1, 3, 4, 4\]/,
    );
    expect(() => model.encode(cast(zeros([1, 3, 8, 8]), 'float16'))).toThrow(/float32, not float16/);
  });
});

it('has the sizes of the baselines', () => {
  for (const factor of [8, 16] as const) {
    const multipliers = convolutionalMultipliers[factor];
    const model = new ConvolutionalKL({ imageSize: 64, multipliers, latentChannels: 16 });
    expect(model.factor).toBe(factor);
    expect(model.latentShape).toEqual([16, 64 / factor, 64 / factor]);
    expect(model.decoder.conv_in.weight.shape).toEqual([512, 256, 3, 3]);
    expect(model.encode(zeros([1, 3, 64, 64])).shape).toEqual([1, 16, 64 / factor, 64 / factor]);
  }
});

it.each([
  [{ multipliers: [] }, /one multiplier or more/],
  [{ channels: 48 }, /48 channels do not divide into 32 groups/],
  [{ residualBlocks: 0 }, /residualBlocks must be a whole number from 1/],
  [{ latentChannels: 0 }, /latentChannels must be a whole number from 1/],
  [{ multipliers: [1, 1, 1], imageSize: 10 }, /3 levels need images whose size is a multiple of 4, not 10/],
])('refuses options %j', (wrong, message) => {
  expect(() => new ConvolutionalKL({ imageSize: 8, multipliers: [1], latentChannels: 4, ...wrong })).toThrow(
    message,
  );
});
