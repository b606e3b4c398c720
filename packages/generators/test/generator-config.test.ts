import { ArgumentError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import {
  configOf,
  createGenerator,
  type GeneratorFields,
  parseGeneratorConfig,
} from '../src/config/index.js';
import { DiT } from '../src/dit.js';
import { MAR, type MAROptions } from '../src/mar/index.js';
import { SiT } from '../src/sit.js';

/** The file of the hub, all of it. */
const sitFile = {
  class_dropout_prob: 0.1,
  decoder_hidden_size: 1152,
  depth: 28,
  hidden_size: 1152,
  in_channels: 32,
  input_size: 64,
  license: 'apache-2.0',
  mlp_ratio: 4.0,
  num_classes: 1000,
  num_heads: 16,
  patch_size: 1,
  path_type: 'edm',
  qk_norm: false,
  repo_url: 'https://github.com/Hhhhhhao/continuous_tokenizer',
  tags: ['arxiv:2412.10958', 'image-generation', '64 tokens', 'SiT'],
  use_cfg: true,
  vae_1d: true,
};
const { decoder_hidden_size: _, path_type: __, qk_norm: ___, use_cfg: ____, ...shared } = sitFile;
const ditFile = { ...shared, learn_sigma: true };
const marFile = {
  _class_name: 'MAR',
  vae_1d: true,
  seq_len: 8,
  vae_embed_dim: 4,
  encoder_embed_dim: 16,
  encoder_depth: 1,
  encoder_num_heads: 2,
  decoder_embed_dim: 16,
  decoder_depth: 1,
  decoder_num_heads: 2,
  diffloss_d: 1,
  diffloss_w: 16,
} as const;

const transformer = { latentShape: [4, 6], width: 16, depth: 1, heads: 2 } as const;

it('recognises official files by their fields', () => {
  const sit = createGenerator(sitFile as GeneratorFields) as SiT;
  expect(sit).toBeInstanceOf(SiT);
  expect(sit.latentShape).toEqual([64, 32]);
  // What "edm" stands for is not known; an ODE is right for every path.
  expect(sit.process).toEqual({ kind: 'interpolant', path: 'linear', prediction: 'velocity' });
  const dit = createGenerator(ditFile) as DiT;
  expect(dit).toBeInstanceOf(DiT);
  expect(dit.process).toMatchObject({ schedule: 'cosine', variance: 'learned-range', trainingSteps: 1000 });
  const grid = { ...ditFile, vae_1d: false, input_size: 32, in_channels: 4, patch_size: 2 };
  expect((createGenerator(grid) as DiT).process.schedule).toBe('linear');
  expect((createGenerator({ ...grid, noise_schedule: 'cosine' }) as DiT).process.schedule).toBe('cosine');
});

const sits = [
  new SiT(transformer),
  new SiT({
    ...transformer,
    latentShape: [3, 4, 4],
    patchSize: 2,
    mlpRatio: 2,
    qkNorm: true,
    classes: 7,
    labelDropout: 0.2,
    path: 'cosine',
    prediction: 'noise',
    times: 'uniform',
    timeShift: 2,
    weighting: 'velocity',
  }),
];
const dits = [
  new DiT(transformer),
  new DiT({
    ...transformer,
    schedule: 'cosine',
    trainingSteps: 500,
    variance: 'fixed-small',
    minSnr: 5,
    clipDenoised: 4,
    qkNorm: true,
  }),
  new DiT({ ...transformer, variance: 'fixed-large' }),
];
const marOptions: MAROptions = {
  latentShape: [4, 6],
  encoder: { width: 16, depth: 1, heads: 2 },
  decoder: { width: 8, depth: 2, heads: 4 },
  head: { width: 12, depth: 1 },
};
const mars = [
  new MAR(marOptions),
  new MAR({
    ...marOptions,
    latentShape: [2, 4, 4],
    patchSize: 2,
    buffer: 3,
    clipDenoised: 5,
    classes: 7,
    labelDropout: 0.2,
    attentionDropout: 0,
    projectionDropout: 0.3,
    mlpRatio: 2,
    leastMaskRatio: 0.5,
    maskRatioDeviation: 0.4,
    noisesPerToken: 1,
    headSteps: 25,
  }),
];

it.each([...sits, ...dits, ...mars])('says everything about a generator (%#)', (generator) => {
  const config = JSON.parse(JSON.stringify(configOf(generator))) as GeneratorFields;
  const again = createGenerator(config);
  expect(again.constructor).toBe(generator.constructor);
  expect(again.process).toEqual(generator.process);
  // Everything but what has its default stays.
  const { seed: _, ...options } = generator.options;
  const resolved = again.options as object;
  expect(resolved).toMatchObject(options);
  expect(configOf(again)).toEqual(configOf(generator));
});

describe('hostile configs', () => {
  it.each([
    ['nothing', null],
    ['a list', [sitFile]],
    ['a string', 'sit-xl'],
    ['no fields', {}],
    ['the fields of two kinds', { ...sitFile, learn_sigma: true }],
    ['another kind than it says', { ...sitFile, _class_name: 'DiT' }],
    ['an unknown kind', { ...sitFile, _class_name: 'UNet' }],
    ['a kind by the name of a property of objects', { ...sitFile, _class_name: 'constructor' }],
    ['an unknown field', { ...sitFile, hidden_dim: 1152 }],
    ['a field by the name of a property of objects', JSON.parse('{"path_type": "edm", "__proto__": 1}')],
    ['a missing field', { ...sitFile, depth: null }],
    ['a number as a string', { ...sitFile, depth: '28' }],
    ['half a block', { ...sitFile, depth: 0.5 }],
    ['a negative size', { ...sitFile, input_size: -64 }],
    ['an infinite ratio', { ...sitFile, mlp_ratio: Number.POSITIVE_INFINITY }],
    ['an unknown path', { ...sitFile, path_type: 'quadratic' }],
    ['another width of the last layer', { ...sitFile, decoder_hidden_size: 768 }],
    ['heads that do not divide', { ...sitFile, num_heads: 7 }],
    ['patches of tokens', { ...sitFile, patch_size: 2 }],
    ['a grid that does not divide', { ...sitFile, vae_1d: false, input_size: 33, patch_size: 2 }],
    ['no null label', { ...sitFile, class_dropout_prob: 0 }],
    ['a probability above 1', { ...sitFile, class_dropout_prob: 1.5 }],
    ['variances that are learned and fixed', { ...ditFile, fixed_variance: 'small' }],
    ['a chain of one step', { ...ditFile, diffusion_steps: 1 }],
    ['tokens without their number', { ...marFile, seq_len: null }],
    ['tokens with the size of an image', { ...marFile, img_size: 256 }],
    ['a grid without a size', { ...marFile, vae_1d: false }],
    ['a grid of another number of tokens', { ...marFile, vae_1d: false, img_size: 64 }],
    ['a size of an image that does not divide', { ...marFile, vae_1d: false, seq_len: null, img_size: 70 }],
    ['heads of an encoder that do not divide', { ...marFile, encoder_num_heads: 3 }],
    ['everything dropped', { ...marFile, attn_dropout: 1 }],
    ['nothing masked', { ...marFile, mask_ratio_min: 0 }],
    ['masks of one size', { ...marFile, mask_ratio_std: 0 }],
    ['steps in words', { ...marFile, num_sampling_steps: 'many' }],
  ])('with %s are refused', (_, json) => {
    expect(() => parseGeneratorConfig(json)).toThrow(ArgumentError);
  });

  it('are told what to change', () => {
    expect(() => parseGeneratorConfig({ ...sitFile, hidden_dim: 1 })).toThrow(
      /config of a SiT has the unknown field "hidden_dim"/,
    );
    expect(() => parseGeneratorConfig({ ...sitFile, depth: null })).toThrow(
      /config of a SiT needs "depth": a whole number from 1/,
    );
    expect(() => parseGeneratorConfig({ ...sitFile, decoder_hidden_size: 768, num_heads: 7 })).toThrow(
      /"hidden_size" must be a multiple of "num_heads"; "decoder_hidden_size" must be the same/,
    );
    expect(() => parseGeneratorConfig({ ...sitFile, learn_sigma: true })).toThrow(
      /whether it describes a SiT or a DiT: set "_class_name" to one of SiT, DiT, MAR/,
    );
  });
});
