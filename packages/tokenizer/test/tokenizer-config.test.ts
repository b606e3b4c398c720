import { ArgumentError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import { AE, createTokenizer, KL, parseTokenizerConfig, presets, SoftVQ, VQ } from '../src/index.js';

/** As on the hub for softvq-l-32. */
const official = {
  codebook_embed_dim: 64,
  codebook_l2_norm: true,
  codebook_show_usage: true,
  codebook_size: 8192,
  commit_loss_beta: 0.25,
  dec_drop_path_rate: 0.0,
  dec_patch_size: 16,
  dec_pretrained: false,
  dec_tuning_method: 'full',
  dec_type: 'vit',
  decoder_ch_mult: [1, 1, 2, 2, 4],
  decoder_model: 'vit_large_patch14_dinov2.lvd142m',
  dropout_p: 0.0,
  enc_drop_path_rate: 0.0,
  enc_patch_size: 16,
  enc_pretrained: true,
  enc_tuning_method: 'full',
  enc_type: 'vit',
  encoder_ch_mult: [1, 1, 2, 2, 4],
  encoder_model: 'vit_base_patch14_dinov2.lvd142m',
  entropy_loss_ratio: 0.0,
  image_size: 256,
  kl_loss_weight: 1e-6,
  num_codebooks: 4,
  num_latent_tokens: 32,
  repa: false,
  repa_align: 'global',
  repa_layer_indices: [8],
  repa_loss_weight: 0.1,
  repa_model: 'vit_base_patch16_224',
  repa_patch_size: 16,
  repa_proj_dim: 2048,
  tau: 0.07,
  vq_loss_ratio: 1.0,
  vq_mean: 0.00060894643,
  vq_std: 0.029030401,
  z_channels: 256,
};

it('reads the official config as the preset of its name', () => {
  const tokenizer = createTokenizer(parseTokenizerConfig(official));
  expect(tokenizer).toBeInstanceOf(SoftVQ);
  expect(tokenizer.options).toMatchObject(presets['softvq-l-32']);
  expect(tokenizer.latentStatistics).toEqual({ mean: 0.00060894643, std: 0.029030401 });
});

it('adds the defaults of fields that old files do not have', () => {
  expect(parseTokenizerConfig(official)).toMatchObject({
    base_image_size: 256,
    to_pixel: 'linear',
    enc_token_drop: 0,
    enc_token_drop_max: 0.6,
    dec_cls_token: true,
    use_ape: true,
    use_rope: false,
    rope_mixed: false,
    rope_theta: 10,
  });
});

it('takes null as left out, and what the hub adds', () => {
  const config = parseTokenizerConfig({ ...official, vq_mean: null, vq_std: null, license: 'mit', tags: [] });
  expect(createTokenizer(config).latentStatistics).toBeUndefined();
});

it.each([
  ['VQ', VQ],
  ['KL', KL],
  ['AE', AE],
] as const)('makes a %s where the config says so', (name, type) => {
  const config = parseTokenizerConfig({ ...official, num_codebooks: 1, _class_name: name });
  expect(createTokenizer(config)).toBeInstanceOf(type);
});

it('takes trunks by their shape, and rotary positions', () => {
  const trunk = { width: 48, depth: 2, heads: 4 };
  const config = parseTokenizerConfig({
    ...official,
    encoder_model: trunk,
    decoder_model: trunk,
    use_rope: true,
    rope_mixed: true,
  });
  expect(createTokenizer(config).options).toMatchObject({
    encoder: trunk,
    decoder: trunk,
    rotary: { kind: 'mixed', base: 10 },
  });
});

describe('refuses', () => {
  it.each([
    [
      'an unknown field',
      { codebook_sise: 8 },
      /unknown field "codebook_sise": correct its name, or remove it/,
    ],
    [
      'a wrong type',
      { image_size: '256' },
      /"image_size" of the config must be a whole number from 1, not "256"/,
    ],
    ['a trunk that is no shape', { encoder_model: { width: 8 } }, /must be the name of a model or/],
    ['an unknown trunk', { encoder_model: 'resnet50' }, /"encoder_model" must be one of vit_small/],
    ['another network', { enc_type: 'cnn' }, /"enc_type" and "dec_type" must be "vit"/],
    ['another class', { _class_name: 'LFQ' }, /"_class_name" must be one of SoftVQ, VQ, KL, AE/],
    ['another head', { to_pixel: 'siren' }, /"to_pixel" must be "linear"/],
    ['no class token', { dec_cls_token: false }, /"dec_cls_token" must be true/],
    ['token drop', { enc_token_drop: 0.4 }, /"enc_token_drop" must be 0/],
    ['auxiliary decoders', { aux_hog_dec: true }, /must be false/],
    ['adapters', { enc_tuning_method: 'lora' }, /merge other adapters first/],
    ['a size that patches do not fill', { image_size: 250 }, /must be a multiple of "enc_patch_size"/],
    ['two patch sizes', { dec_patch_size: 8 }, /must be equal/],
    ['tokens that do not divide', { num_latent_tokens: 30 }, /must be a multiple of "num_codebooks"/],
    ['half of the statistics', { vq_std: null }, /give both or neither/],
    ['no deviation', { vq_std: 0 }, /"vq_std" must be above 0/],
    ['no temperature', { tau: 0 }, /"tau" must be above 0/],
    ['mixed rotation without rotation', { rope_mixed: true }, /"rope_mixed" needs "use_rope"/],
    ['no positions', { use_ape: false }, /set "use_ape" or "use_rope" to true/],
    ['codebooks of VQ', { _class_name: 'VQ' }, /VQ has one codebook/],
  ] as const)('%s', (_, change, message) => {
    const parse = (): unknown => parseTokenizerConfig({ ...official, ...change });
    expect(parse).toThrow(ArgumentError);
    expect(parse).toThrow(message);
  });

  it('what is no object', () => {
    expect(() => parseTokenizerConfig([])).toThrow(/must be a JSON object/);
  });
});
