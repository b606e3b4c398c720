import { compile, type Tensor, tensor } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { expect, it } from 'vitest';
import {
  DinoDiscriminator,
  DinoFeatures,
  MaskBitDiscriminator,
  StyleGanDiscriminator,
} from '../../src/losses/index.js';
import { describeOnBackends, expectClose, ofValues } from './golden.js';
import { blurred, convolved, each, groupNormalized, leaky, type Planes, pooled } from './plain-layers.js';
import { expectGradient } from './slopes.js';

function image(side: number): Float32Array {
  return new RandomStream({ seed: 4, name: 'image' }).uniform(3 * side * side, { low: -1, high: 1 });
}

function planes(numbers: Float32Array, side: number): Planes {
  return Array.from({ length: 3 }, (_, channel) =>
    Array.from({ length: side }, (_, row) =>
      Array.from({ length: side }, (_, column) => numbers[(channel * side + row) * side + column]!),
    ),
  );
}

/** All parameters as host arrays, which are given as large values as a test needs to tell layers apart. */
async function scaledUp<M extends Module>(module: M, factor: number) {
  const values = new Map<string, Float32Array>();
  const tensors: Record<string, Tensor> = {};
  for (const [name, parameter] of Object.entries(module.parameters())) {
    const data = ((await parameter.data()) as Float32Array).map((value) =>
      /norm|main\.(2|5)\./.test(name) || name.endsWith('bias') ? value : value * factor,
    );
    values.set(name, data);
    tensors[name] = tensor(data, { shape: parameter.shape as readonly number[] });
  }
  return { module: module.with(tensors), parameter: (name: string) => values.get(name)! };
}

describeOnBackends((backend) => {
  it('computes MaskBit as loops do', async () => {
    const side = 16;
    const { module, parameter } = await scaledUp(new MaskBitDiscriminator({ width: 32, layers: 2 }), 5);
    const convolve = (x: Planes, place: number, stride: number): Planes =>
      convolved(x, parameter(`main.${place}.weight`), parameter(`main.${place}.bias`), {
        kernel: 3,
        stride,
        padding: 1,
      });
    let x = each(convolve(planes(image(side), side), 0, 2), leaky);
    x = each(convolve(groupNormalized(x, 32, 1e-6), 3, 2), leaky);
    x = each(convolve(groupNormalized(x, 32, 1e-6), 6, 1), leaky);
    const expected = convolve(pooled(x), 9, 1);
    const run = compile(({ images }: { images: Tensor }) => module.train(images), { backend: backend() });
    const images = tensor(image(side), { shape: [1, 3, side, side] });
    const { logits, buffers } = await run({ images });
    await expectClose('logits', logits, tensor([expected]), ofValues);
    expect(buffers).toEqual({});
    await run.dispose();
  });

  it('computes StyleGAN as loops do', async () => {
    const side = 8;
    const { module, parameter } = await scaledUp(new StyleGanDiscriminator({ imageSize: side, width: 4 }), 2);
    const convolve = (x: Planes, name: string, kernel: number, stride: number): Planes =>
      convolved(x, parameter(`${name}.weight`), parameter(`${name}.bias`), {
        kernel,
        stride,
        padding: kernel === 3 ? 1 : 0,
      });
    const first = each(convolve(planes(image(side), side), 'blocks.0', 3, 1), leaky);
    const inner = each(convolve(first, 'blocks.2.net.0', 3, 1), leaky);
    const main = convolve(
      blurred(each(convolve(inner, 'blocks.2.net.2', 3, 1), leaky)),
      'blocks.2.downsample.1',
      3,
      2,
    );
    const skip = convolve(first, 'blocks.2.conv_res', 1, 2);
    const joined = main.map((plane, c) =>
      plane.map((row, i) => row.map((value, j) => (value + skip[c]![i]![j]!) / Math.SQRT2)),
    );
    const flat = each(convolve(joined, 'final_conv.0', 3, 1), leaky).flat(2);
    const linear = (values: readonly number[], name: string): number[] =>
      Array.from(parameter(`${name}.bias`), (bias, output) =>
        values.reduce(
          (sum, value, i) => sum + value * parameter(`${name}.weight`)[output * values.length + i]!,
          bias,
        ),
      );
    const expected = linear(linear(flat, 'final_linear.0').map(leaky), 'final_linear.2');
    const run = compile(({ images }: { images: Tensor }) => module.train(images).logits, {
      backend: backend(),
    });
    const images = tensor(image(side), { shape: [1, 3, side, side] });
    await expectClose('logits', await run({ images }), tensor([expected]), ofValues);
    await run.dispose();
  });

  it('has gradients of images and parameters that finite differences confirm', async () => {
    const images = tensor(image(8), { shape: [1, 3, 8, 8] });
    for (const discriminator of [
      new MaskBitDiscriminator({ width: 32, layers: 1 }),
      new StyleGanDiscriminator({ imageSize: 8, width: 4 }),
    ]) {
      const { module } = await scaledUp(discriminator, 2);
      await expectGradient(
        backend(),
        ({ parameters, x }: { parameters: Record<string, Tensor>; x: Tensor }) =>
          module.with(parameters).train(x).logits.mean(),
        { parameters: module.parameters(), x: images },
        1e-4,
      );
    }
  });

  it('normalises DINO heads by groups of channels, each sample alone', async () => {
    const features = new DinoFeatures({ width: 64, heads: 2, depth: 1, readouts: [0] });
    const discriminator = new DinoDiscriminator({ features, normalization: 'group', kernel: 3 });
    const numbers = new RandomStream({ seed: 3, name: 'images' }).uniform(2 * 3 * 224 * 224, {
      low: -1,
      high: 1,
    });
    const images = tensor(numbers, { shape: [2, 3, 224, 224] });
    const run = compile(
      () => ({
        both: discriminator.train(images),
        second: discriminator.train(images.slice([{ start: 1 }])).logits,
      }),
      { backend: backend() },
    );
    const { both, second } = await run({});
    expect(Object.keys(both.buffers).every((name) => /weight_[uv]$/.test(name))).toBe(true);
    const ofSecond = tensor(((await both.logits.data()) as Float32Array).slice(2 * 196), {
      shape: [1, 2 * 196],
    });
    await expectClose('second sample', second, ofSecond, ofValues);
    await run.dispose();
  });
});

it('has the layers of the originals', () => {
  const shapes = (module: Module): Record<string, unknown> =>
    Object.fromEntries(Object.entries(module.parameters()).map(([name, { shape }]) => [name, shape]));
  expect(shapes(new MaskBitDiscriminator())).toMatchObject({
    'main.0.weight': [64, 3, 3, 3],
    'main.2.weight': [64],
    'main.3.weight': [64, 64, 3, 3],
    'main.6.weight': [128, 64, 3, 3],
    'main.9.weight': [256, 128, 3, 3],
    'main.12.weight': [1, 256, 3, 3],
  });
  const ofStyleGan = shapes(new StyleGanDiscriminator({ imageSize: 256 }));
  expect(ofStyleGan).toMatchObject({
    'blocks.0.weight': [64, 3, 3, 3],
    'blocks.2.conv_res.weight': [128, 64, 1, 1],
    'blocks.2.net.0.weight': [128, 64, 3, 3],
    'blocks.4.downsample.1.weight': [512, 512, 3, 3],
    'blocks.7.net.2.weight': [512, 512, 3, 3],
    'final_conv.0.weight': [512, 512, 3, 3],
    'final_linear.0.weight': [512, 8192],
    'final_linear.2.weight': [1, 512],
  });
  expect(Object.keys(ofStyleGan).some((name) => name.startsWith('blocks.8'))).toBe(false);
  expect(shapes(new StyleGanDiscriminator({ imageSize: 512 }))).toMatchObject({
    'blocks.0.weight': [32, 3, 3, 3],
  });
});

it('begins with small weights and ignores the window of the blur in a checkpoint', async () => {
  const weights = (await new MaskBitDiscriminator().main[9]!.weight!.data()) as Float32Array;
  const deviation = Math.sqrt(weights.reduce((sum, value) => sum + value ** 2, 0) / weights.length);
  expect(deviation).toBeCloseTo(0.02, 3);
  const discriminator = new StyleGanDiscriminator({ imageSize: 8, width: 4 });
  const saved = { ...discriminator.stateDict(), 'blocks.2.downsample.0.f': tensor([1, 2, 1]) };
  expect(discriminator.loadStateDict(saved).ignored).toEqual(['blocks.2.downsample.0.f']);
});

it('refuses sizes that cannot be', () => {
  expect(() => new MaskBitDiscriminator({ layers: 0 })).toThrow(/not 0/);
  expect(() => new StyleGanDiscriminator({ imageSize: 24 })).toThrow(/not 24/);
  expect(() => new StyleGanDiscriminator({ imageSize: 256, width: 4 })).toThrow(/0\.5 channels/);
  const images = tensor(image(16), { shape: [1, 3, 16, 16] });
  expect(() => new StyleGanDiscriminator({ imageSize: 8, width: 4 }).forward(images)).toThrow(/16, 16/);
  const features = new DinoFeatures({ width: 8, heads: 2, depth: 1, readouts: [0] });
  expect(() => new DinoDiscriminator({ features, normalization: 'layer' as 'group' })).toThrow(/"layer"/);
});
