import { cpu } from '@softvq/backends/cpu';
import {
  ArgumentError,
  type Backend,
  cast,
  compile,
  DTypeError,
  ShapeError,
  setDefaultBackend,
  type Tensor,
  tensor,
  zeros,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AE, entropyLoss, KL, SoftVQ, VQ } from '../src/index.js';
import { relativeError } from './golden.js';

const trunk = { width: 16, depth: 1, heads: 2 };
const shared = {
  imageSize: 16,
  patchSize: 8,
  latentTokens: 4,
  latentWidth: 6,
  encoder: trunk,
  decoder: trunk,
  latentStatistics: { mean: 0.25, std: 0.5 },
};
const softvq = new SoftVQ({ ...shared, codebooks: 2, codebookSize: 8 });
const vq = new VQ({ ...shared, codebookSize: 8 });
const tokenizers = [
  ['SoftVQ', softvq],
  ['SoftVQ with mixed rotary positions', new SoftVQ({ ...softvq.options, rotary: { kind: 'mixed' } })],
  ['SoftVQ with axial rotary positions', new SoftVQ({ ...softvq.options, rotary: { kind: 'axial' } })],
  ['VQ', vq],
  ['KL', new KL(shared)],
  ['AE', new AE(shared)],
] as const;

function images(count: number): Tensor {
  const values = new RandomStream({ seed: 1, name: 'images' }).uniform(count * 768, { low: -1 });
  return tensor(values, { shape: [count, 3, 16, 16] });
}

let backend: Backend;
beforeAll(async () => {
  backend = await cpu();
  setDefaultBackend(backend);
});
afterAll(() => backend.dispose());

describe.each(tokenizers)('%s', (_, tokenizer) => {
  it('goes to latents and back, with and without normalisation', async () => {
    const latents = tokenizer.encode(images(2));
    const normalized = tokenizer.encodeNormalized(images(2));
    const expected = latents.sub(0.25).div(0.5);
    expect(latents.shape).toEqual([2, 4, 6]);
    expect(await relativeError(normalized, expected)).toBeLessThan(1e-6);
    const decoded = tokenizer.decode(latents);
    expect(decoded.shape).toEqual([2, 3, 16, 16]);
    expect(await relativeError(tokenizer.decodeNormalized(normalized), decoded)).toBeLessThan(1e-5);
    expect(await relativeError(tokenizer.reconstruct(images(2)), decoded)).toBeLessThan(1e-6);
  });

  it('serves every batch size by one compiled function', async () => {
    const reconstruct = compile(({ x }: { x: Tensor }) => tokenizer.reconstruct(x), {
      backend,
      dynamic: { x: ['batch'] },
    });
    const all = await reconstruct({ x: images(3) });
    const one = await reconstruct({ x: images(1) });
    expect(await relativeError(one, all.slice([{ stop: 1 }]))).toBeLessThan(1e-5);
  });

  it.each([
    ['size', [2, 3, 8, 8]],
    ['side', [2, 3, 16, 8]],
    ['number of channels', [2, 1, 16, 16]],
    ['number of axes', [3, 16, 16]],
  ])('refuses images of another %s', (__, shape) => {
    expect(() => tokenizer.encode(zeros(shape))).toThrow(ShapeError);
    expect(() => tokenizer.encode(zeros(shape))).toThrow(/takes images \(batch, 3, 16, 16\), not /);
  });

  it('refuses images and latents of another element type', () => {
    expect(() => tokenizer.encode(zeros([1, 3, 16, 16], 'uint8'))).toThrow(DTypeError);
    expect(() => tokenizer.decode(zeros([1, 4, 6], 'float16'))).toThrow(/float32, not float16/);
  });

  it('refuses latents of another shape', () => {
    expect(() => tokenizer.decode(zeros([1, 3, 6]))).toThrow(ShapeError);
    expect(() => tokenizer.decodeNormalized(zeros([1, 4, 5]))).toThrow(/latents \(batch, 4, 6\), not /);
  });
});

it('takes half precision when it is of half precision', () => {
  const half = softvq.cast('float16');
  expect(half.encode(cast(images(1), 'float16')).dtype).toBe('float16');
  expect(() => half.encode(images(1))).toThrow(/float16, not float32/);
});

it('does not normalise without statistics', () => {
  const { latentStatistics: _, ...options } = shared;
  const tokenizer = new AE(options);
  expect(() => tokenizer.encodeNormalized(images(1))).toThrow(ArgumentError);
  expect(() => tokenizer.decodeNormalized(zeros([1, 4, 6]))).toThrow(/has no latent statistics: measure/);
});

it.each([
  { mean: 0, std: 0 },
  { mean: 0, std: Number.NaN },
  { mean: Number.POSITIVE_INFINITY, std: 1 },
])('refuses the statistics %j', (latentStatistics) => {
  expect(() => new AE({ ...shared, latentStatistics })).toThrow(/above 0/);
});

it('gives SoftVQ indices by codebook and VQ indices of the one codebook', async () => {
  const ofSoft = (await softvq.indices(images(2)).array()) as number[][][];
  expect([ofSoft.length, ofSoft[0]!.length, ofSoft[0]![0]!.length]).toEqual([2, 2, 2]);
  expect(vq.indices(images(2)).shape).toEqual([2, 1, 4]);
});

it('decodes the indices of VQ to what it reconstructs', async () => {
  const { options } = vq;
  for (const normalized of [true, false]) {
    const tokenizer = new VQ({ ...options, normalized });
    const decoded = tokenizer.decodeIndices(tokenizer.indices(images(2)));
    expect(await relativeError(decoded, tokenizer.reconstruct(images(2)))).toBeLessThan(1e-5);
  }
});

it('finds the nearest codewords', async () => {
  const tokenizer = new VQ({ ...vq.options, normalized: false });
  const codewords = tokenizer.quantize.embedding.weight;
  const tokens = codewords.slice([{ start: 2, stop: 6 }]).add(1e-3);
  const quantized = tokenizer.quantize.forward(tokens.reshape([1, 4, 6]));
  expect(await tokenizer.quantize.indices(quantized).array()).toEqual([[[2, 3, 4, 5]]]);
  expect(await quantized.commitmentLoss.item()).toBeCloseTo(1e-6, 8);
});

it('bounds the entropy loss by the logarithm of the codebook size', async () => {
  const logits = zeros([1, 5, 8]);
  // All posteriors uniform: log 8 each, and log 8 of their mean.
  expect(await entropyLoss(logits, { epsilon: 1e-5 }).item()).toBeCloseTo(0, 3);
});
