import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import {
  type Backend,
  cast,
  FileFormatError,
  resize,
  StateDictError,
  setDefaultBackend,
  type Tensor,
  zeros,
} from '@softvq/core';
import { encodeSafetensors, type LazyTensor } from '@softvq/core/io';
import { writeFileAtomic } from '@softvq/core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pseudoinverseResizeMatrix, resizeImages } from '../../src/dinov2/resampling.js';
import { loadDinoV2Weights, MAETok, SoftVQ } from '../../src/index.js';
import { loadDinoV2 } from '../../src/node/index.js';
import { relativeError } from '../golden.js';
import { torchCheckpoint } from '../node/torch-checkpoint.js';
import { randomTensor } from '../random-values.js';

const trunk = { width: 16, depth: 2, heads: 2 };
const options = {
  imageSize: 48,
  patchSize: 16,
  latentTokens: 4,
  latentWidth: 6,
  codebooks: 2,
  codebookSize: 8,
  encoder: trunk,
  decoder: trunk,
};
const [patchSize, side] = [14, 5];

/** Weights as published: patches of 14 in a grid of 5 by 5. */
function published(): Record<string, Tensor> {
  const model = new SoftVQ({ ...options, patchSize, imageSize: patchSize * side }).encoder.model;
  const names = Object.entries(model.stateDict()).map(
    ([name, { shape }]) => [name, randomTensor(name, shape as number[])] as const,
  );
  return { ...Object.fromEntries(names), mask_token: zeros([1, 16]) };
}

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await cpu();
  setDefaultBackend(backend);
  folder = await mkdtemp(join(tmpdir(), 'softvq-dinov2-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await backend.dispose();
});

async function writeSafetensors(file: string, tensors: Record<string, Tensor>): Promise<void> {
  const sources = Object.entries(tensors).map(([name, each]): [string, LazyTensor] => [
    name,
    { dtype: each.dtype, shape: each.shape as number[], read: () => each.host() },
  ]);
  await writeFileAtomic(file, encodeSafetensors(sources));
}

describe.each([
  ['PyTorch', 'dinov2_vitb14_pretrain.pth', 1e-6],
  ['safetensors', 'model.safetensors', 1e-6],
  ['safetensors of half precision', 'half.safetensors', 2e-3],
] as const)('weights in %s', (_, name, tolerance) => {
  it.each([
    ['SoftVQ', () => new SoftVQ(options)],
    ['MAETok', () => new MAETok({ ...options, masking: { least: 0.4, most: 0.6 } })],
  ] as const)('become those of the encoder of %s, with patches and positions resized', async (__, make) => {
    const weights = published();
    const file = join(folder, name);
    if (name.endsWith('.pth')) await writeFile(file, await torchCheckpoint({ model: weights }));
    else if (!name.startsWith('half')) await writeSafetensors(file, weights);
    else {
      const halves = Object.entries(weights).map(([key, each]) => [key, cast(each, 'float16')] as const);
      await writeSafetensors(file, Object.fromEntries(halves));
    }
    const tokenizer = make();
    const decoderBefore = tokenizer.decoder.mask_token;
    await loadDinoV2(tokenizer, file);
    const { pos_embed, patch_embed, blocks, cls_token } = tokenizer.encoder.model;

    const kernel = (await weights['patch_embed.proj.weight']!.host()).data as Float32Array;
    const resized = resizeImages(kernel, pseudoinverseResizeMatrix(14, 16));
    const actual = (await patch_embed.proj.weight.host()).data as Float32Array;
    expect(patch_embed.proj.weight.shape).toEqual([16, 3, 16, 16]);
    for (const [i, each] of resized.entries())
      expect(Math.abs(actual[i]! - each)).toBeLessThan(10 * tolerance);

    const grid = weights['pos_embed']!.slice([null, { start: 1 }])
      .reshape([1, 5, 5, 16])
      .transpose([0, 3, 1, 2]);
    const small = resize(grid, [3, 3], { method: 'bicubic', antialias: true });
    const positions = small.transpose([0, 2, 3, 1]).reshape([1, 9, 16]);
    expect(await relativeError(pos_embed!.slice([null, { start: 1 }]), positions)).toBeLessThan(
      10 * tolerance,
    );
    const ofClass = weights['pos_embed']!.slice([null, { stop: 1 }]);
    expect(await relativeError(pos_embed!.slice([null, { stop: 1 }]), ofClass)).toBeLessThan(tolerance);

    expect(await relativeError(cls_token!, weights['cls_token']!)).toBeLessThan(tolerance);
    const gamma = weights['blocks.1.ls2.gamma']!;
    expect(await relativeError(blocks[1]!.ls2!.gamma, gamma)).toBeLessThan(tolerance);
    expect(tokenizer.decoder.mask_token).toBe(decoderBefore);
  });
});

it('leaves patches and positions of the same sizes as they are', async () => {
  const weights = published();
  const tokenizer = new SoftVQ({ ...options, patchSize, imageSize: patchSize * side });
  loadDinoV2Weights(tokenizer, new Map(Object.entries(weights)));
  const { pos_embed, patch_embed } = tokenizer.encoder.model;
  expect(await relativeError(pos_embed!, weights['pos_embed']!)).toBe(0);
  expect(await relativeError(patch_embed.proj.weight, weights['patch_embed.proj.weight']!)).toBe(0);
});

describe('says where to get the weights', () => {
  const source = /dinov2_vitb14_pretrain\.pth and https:\/\/huggingface\.co\/timm\/vit_base_patch14/;
  const base = new SoftVQ({ ...options, encoder: { width: 768, depth: 2, heads: 12 } });
  const blank = Object.fromEntries(
    Object.entries(base.encoder.model.stateDict()).map(([name, { shape }]) => [name, zeros(shape)]),
  );

  it('when there is no such file', async () => {
    const loading = loadDinoV2(base, join(folder, 'absent.pth'));
    await expect(loading).rejects.toThrow(FileFormatError);
    await expect(loading).rejects.toThrow(source);
  });

  it.each([
    ['of another width', () => published(), /of another shape/],
    ['missing', ({ 'norm.bias': _, ...rest }: Record<string, Tensor>) => rest, /missing/],
    [
      'with registers',
      (all: Record<string, Tensor>) => ({ ...all, register_tokens: zeros([1, 4, 16]) }),
      /register_tokens/,
    ],
    [
      'without a square of positions',
      (all: Record<string, Tensor>) => ({ ...all, pos_embed: zeros([1, 24, 16]) }),
      /positions of DINOv2 must be \(1, 1 \+ side², width\), not \[1, 24, 16\]/,
    ],
    [
      'without square patches',
      (all: Record<string, Tensor>) => ({ ...all, 'patch_embed.proj.weight': zeros([16, 3, 14, 16]) }),
      /patch kernel of DINOv2 must be/,
    ],
  ])('when weights are %s', (_, change, message) => {
    const load = (): void => loadDinoV2Weights(base, new Map(Object.entries(change(blank))));
    expect(load).toThrow(StateDictError);
    expect(load).toThrow(source);
    expect(load).toThrow(message);
  });

  it('unless there are none of that width', () => {
    const load = (): void => loadDinoV2Weights(new SoftVQ(options), new Map());
    expect(load).toThrow(/there are none for tokens of 16 numbers, only for 384, 768 and 1024/);
  });
});
