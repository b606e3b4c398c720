import { readFile } from 'node:fs/promises';
import { memory, type Tensor, zeros } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import { configOf, createGenerator, parseGeneratorConfig } from '../src/config/index.js';
import { DiT } from '../src/dit.js';
import { MAR } from '../src/mar/index.js';
import { type PresetName, presets } from '../src/presets.js';
import { SiT } from '../src/sit.js';
import { goldenPath } from './golden.js';

interface StateDictList {
  readonly config: Readonly<Record<string, unknown>>;
  readonly parameters: number;
  readonly tensors: Readonly<Record<string, number[]>>;
}

async function official(name: string): Promise<StateDictList> {
  return JSON.parse(await readFile(goldenPath(`state-dicts/${name}.json`), 'utf8')) as StateDictList;
}

function shapesOf(tensors: Readonly<Record<string, Tensor>>): Record<string, readonly unknown[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
}

/** A preset on the tokens of SoftVQ, or for grids on those of a convolutional autoencoder. */
function make(name: PresetName): SiT | DiT | MAR {
  const latentShape = name.includes('/') ? ([4, 32, 32] as const) : ([64, 32] as const);
  const options = { ...presets[name], latentShape };
  if ('encoder' in options) return new MAR(options);
  return name.startsWith('sit') ? new SiT(options) : new DiT(options);
}

const names = Object.keys(presets) as PresetName[];

it('has all published sizes', () => {
  const grids = ['s', 'b', 'l', 'xl'].flatMap((size) => [2, 4, 8].map((side) => `${size}/${side}`));
  expect(names.sort()).toEqual(
    [
      ...['s', 'b', 'sl', 'l', 'xl', ...grids].map((size) => `dit-${size}`),
      ...['s', 'b', 'l', 'xl', ...grids].map((size) => `sit-${size}`),
      ...['b', 'l', 'h'].map((size) => `mar-${size}`),
    ].sort(),
  );
});

describe.each(names)('%s', (name) => {
  it('comes back from its own config without making parameters', () => {
    const before = memory();
    const generator = make(name);
    const config = JSON.parse(JSON.stringify(configOf(generator))) as object;
    const again = createGenerator(config);
    expect(again).toBeInstanceOf(generator.constructor);
    expect(shapesOf(again.stateDict())).toEqual(shapesOf(generator.stateDict()));
    expect(configOf(again)).toEqual(configOf(generator));
    expect(again.latentShape).toEqual(generator.latentShape);
    expect(again.process).toEqual(generator.process);
    expect(memory()).toEqual(before);
  });
});

it.each([
  ['sit-s', 32_895_776],
  ['sit-b', 130_377_248],
  ['sit-l', 457_922_592],
  ['sit-xl', 674_926_880],
  ['dit-xl', 674_963_776],
  ['mar-b', 207_543_872],
] as const)('%s has %i parameters on 64 tokens', (name, count) => {
  expect(make(name).parameterCount).toBe(count);
});

/** The official files of the transformers say more than what is listed; it is the same for all. */
const officialFields = {
  sit: { decoder_hidden_size: true, path_type: 'edm', qk_norm: false, use_cfg: true },
  dit: { learn_sigma: true },
} as const;

describe.each([
  ['sit-b-1', 'sit-b'],
  ['sit-l-1', 'sit-l'],
  ['sit-xl-1', 'sit-xl'],
  ['dit-sl-1', 'dit-sl'],
  ['dit-l-1', 'dit-l'],
  ['dit-xl-1', 'dit-xl'],
] as const)('%s', (file, name) => {
  it('is described by an official config, and takes an official state dictionary', async () => {
    const { config, parameters, tensors } = await official(file);
    const { width, depth, heads } = presets[name];
    const kind = file.startsWith('sit') ? 'sit' : 'dit';
    const { decoder_hidden_size, ...fields } = { decoder_hidden_size: false, ...officialFields[kind] };
    const generator = createGenerator({
      ...config,
      ...fields,
      ...(decoder_hidden_size && { decoder_hidden_size: width }),
      hidden_size: width,
      depth,
      num_heads: heads,
      patch_size: 1,
      mlp_ratio: 4,
      class_dropout_prob: 0.1,
      license: 'apache-2.0',
      tags: ['arxiv:2412.10958'],
    } as object);
    expect(generator).toBeInstanceOf(kind === 'sit' ? SiT : DiT);
    expect(shapesOf(generator.stateDict())).toEqual(tensors);
    expect(generator.parameterCount).toBe(parameters);
    const report = generator.loadStateDict(
      Object.fromEntries(Object.entries(tensors).map(([key, shape]) => [key, zeros(shape)])),
    );
    expect(report).toMatchObject({ missing: [], unexpected: [], misshapen: [], ignored: [] });
  });
});

describe.each(['mar-b', 'mar-l', 'mar-h'] as const)('%s', (name) => {
  it('has the names, shapes and number of parameters of the official model', async () => {
    const { config, parameters, tensors } = await official(name);
    const mar = new MAR({
      ...presets[name],
      latentShape: [Number(config['seq_len']), Number(config['token_dim'])],
    });
    expect(shapesOf(mar.stateDict())).toEqual(tensors);
    expect(mar.parameterCount).toBe(parameters);
    expect(mar.options.head).toEqual({ depth: config['diffloss_d'], width: config['diffloss_w'] });
  });
});

it('describes the official MAR on grids', () => {
  const mar = createGenerator({
    encoder_embed_dim: 768,
    encoder_depth: 12,
    encoder_num_heads: 12,
    decoder_embed_dim: 768,
    decoder_depth: 12,
    decoder_num_heads: 12,
    diffloss_d: 6,
    diffloss_w: 1024,
    img_size: 256,
    vae_stride: 16,
    vae_embed_dim: 16,
    num_sampling_steps: '100',
  });
  expect(mar).toBeInstanceOf(MAR);
  expect(mar.latentShape).toEqual([16, 16, 16]);
  // As published.
  expect(Math.round(mar.parameterCount / 1e6)).toBe(208);
  expect(parseGeneratorConfig(configOf(mar))).toMatchObject({ img_size: 256, num_sampling_steps: '100' });
});
