import { ArgumentError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import {
  AE,
  ConvolutionalKL,
  ConvolutionalVQ,
  configOf,
  createTokenizer,
  KL,
  MAETok,
  maetokPresets,
  parseTokenizerConfig,
  presets,
  SoftVQ,
  VQ,
} from '../src/index.js';

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
  ['MAETok', MAETok],
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

/** As the official training code for MAETok writes it, without what the other models have, too. */
const officialMaetok = {
  aux_clip_dec: true,
  aux_dec_cls_token: true,
  aux_dec_model: 'vit_tinytiny_patch14_dinov2_movq2',
  aux_dino_dec: true,
  aux_hog_dec: true,
  aux_loss_mask: true,
  aux_supcls_dec: true,
  base_image_size: 256,
  codebook_embed_dim: 32,
  dec_cls_token: false,
  dec_drop_path_rate: 0.05,
  dec_type: 'vit',
  decoder_model: 'vit_base_patch14_dinov2_movqv2',
  enc_pretrained: false,
  enc_token_drop: 0.4,
  enc_token_drop_max: 0.6,
  enc_type: 'vit',
  encoder_model: 'vit_base_patch14_dinov2.lvd142m',
  num_latent_tokens: 128,
  repa: true,
  repa_model: 'vit_large_patch14_dinov2.lvd142m',
  rope_mixed: true,
  rope_theta: 10.0,
  use_ape: false,
  use_rope: true,
};

describe('MAETok', () => {
  it('is read from the official config, which does not name it, without what only trains it', () => {
    const tokenizer = createTokenizer(parseTokenizerConfig(officialMaetok));
    expect(tokenizer).toBeInstanceOf(MAETok);
    expect(tokenizer.options).toMatchObject({ ...maetokPresets['maetok-b-128'] });
    expect(Object.keys(tokenizer.stateDict()).some((name) => name.includes('_hog'))).toBe(false);
  });

  it('has the auxiliary decoders where the config names the class', () => {
    const config = { ...officialMaetok, _class_name: 'MAETok', aux_supcls_dec: false, aux_clip_dec: false };
    const tokenizer = createTokenizer(parseTokenizerConfig(config)) as MAETok;
    expect(tokenizer.options.auxiliary?.features).toEqual(['hog', 'dino']);
    expect(tokenizer.to_pixel_hog!.weight.shape).toEqual([108, 192]);
    expect(tokenizer.to_pixel_dino!.weight.shape).toEqual([1024, 192]);
    expect(tokenizer.to_pixel_clip).toBeUndefined();
    const again = createTokenizer(parseTokenizerConfig(configOf(tokenizer)));
    expect(again.options).toEqual(tokenizer.options);
  });

  it('is not taken for a SoftVQ whose decoder has a shape in place of a name', () => {
    const trunk = { width: 48, depth: 2, heads: 4 };
    const classOf = (decoder_model: object): string =>
      parseTokenizerConfig({ ...official, encoder_model: trunk, decoder_model })._class_name;
    expect(classOf(trunk)).toBe('SoftVQ');
    expect(classOf({ ...trunk, modulated: false })).toBe('SoftVQ');
    expect(classOf({ ...trunk, modulated: true })).toBe('MAETok');
  });

  it.each(['movq', 'movq2', 'movqv2'])('has a decoder called %s', (name) => {
    const decoder_model = `vit_base_patch14_dinov2_${name}.lvd142m`;
    const config = parseTokenizerConfig({ ...officialMaetok, decoder_model });
    expect(config._class_name).toBe('MAETok');
  });

  it.each([
    [
      'no masks to speak of',
      { enc_token_drop: 0.7 },
      /"enc_token_drop" must be from 0 to "enc_token_drop_max"/,
    ],
    ['another decoder', { aux_supcls_dec: true }, /"aux_supcls_dec" must be false/],
    ['an unknown auxiliary trunk', { aux_dec_model: 'vit_tiny' }, /"aux_dec_model" must be one of/],
    ['another teacher', { repa_model: 'vit_base_patch16_224' }, /"aux_dino_dec" needs "vit_large/],
    ['cells that do not fit', { enc_patch_size: 4, dec_patch_size: 4 }, /"aux_hog_dec" needs a/],
    ['a modulated encoder', { encoder_model: 'vit_base_patch14_dinov2_movqv2' }, /that is not modulated/],
    ['drops of everything', { dec_drop_path_rate: 1 }, /"dec_drop_path_rate" must be from 0 to below 1/],
  ] as const)('refuses %s', (_, change, message) => {
    const config = { ...officialMaetok, _class_name: 'MAETok', aux_supcls_dec: false, ...change };
    expect(() => parseTokenizerConfig(config)).toThrow(message);
  });
});

describe('convolutional tokenizers', () => {
  const fields = { image_size: 64, codebook_embed_dim: 4, vq_mean: 0.1, vq_std: 2 };

  it.each([
    ['VQ', ConvolutionalVQ],
    ['KL', ConvolutionalKL],
  ] as const)('come from a config without transformers: %s', (name, type) => {
    const tokenizer = createTokenizer(parseTokenizerConfig({ ...fields, _class_name: name }));
    expect(tokenizer).toBeInstanceOf(type);
    expect(tokenizer.latentShape).toEqual([4, 4, 4]);
    expect(tokenizer.latentStatistics).toEqual({ mean: 0.1, std: 2 });
    const config = configOf(tokenizer);
    expect(config).toMatchObject({ encoder_model: 'llamagen_encoder', decoder_model: 'llamagen_decoder' });
    expect(createTokenizer(parseTokenizerConfig(config)).options).toEqual(tokenizer.options);
  });

  it('may have other widths and depths', () => {
    const shape = { channels: 32, residual_blocks: 1 };
    const config = { ...fields, _class_name: 'KL', encoder_model: shape, decoder_model: shape };
    const tokenizer = createTokenizer(parseTokenizerConfig(config));
    expect(tokenizer.options).toMatchObject({ channels: 32, residualBlocks: 1 });
    expect(configOf(tokenizer)).toMatchObject({ encoder_model: shape, decoder_model: shape });
  });

  it.each([
    ['another class', { _class_name: 'SoftVQ' }, /"_class_name" must be one of VQ, KL/],
    ['one transformer', { dec_type: 'vit' }, /must both be "vit" or both be "cnn"/],
    [
      'a trunk',
      { encoder_model: { width: 8, depth: 1, heads: 1 } },
      /"encoder_model" must be "llamagen_encoder"/,
    ],
    ['one shape', { decoder_model: { channels: 32, residual_blocks: 1 } }, /must be of one shape/],
    ['two ways down', { decoder_ch_mult: [1, 2] }, /must be equal/],
    ['no way down', { encoder_ch_mult: [], decoder_ch_mult: [] }, /must have one number from 1 or more/],
    ['odd sides', { image_size: 40 }, /must halve once for each/],
    ['rotation', { use_rope: true }, /are of transformers: remove them/],
    ['a pixel head', { to_pixel: 'conv' }, /are of transformers: remove them/],
  ] as const)('refuse %s', (_, change, message) => {
    expect(() => parseTokenizerConfig({ ...fields, _class_name: 'KL', ...change })).toThrow(message);
  });
});

it.each(['linear', 'conv', 'siren'] as const)('makes the pixel head %s', (to_pixel) => {
  const tokenizer = createTokenizer(parseTokenizerConfig({ ...official, to_pixel }));
  expect(tokenizer.options).toMatchObject({ pixelHead: to_pixel });
  expect(configOf(tokenizer)).toMatchObject({ to_pixel });
  expect(Object.keys(tokenizer.stateDict())).toContain(tokenizer.lastLayer);
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
    [
      'a trunk that is no shape',
      { encoder_model: { width: 8 } },
      /must be the name of a model, \{ "width", "depth", "heads" \}/,
    ],
    ['an unknown trunk', { encoder_model: 'resnet50' }, /"encoder_model" must be one of vit_\{small\|base/],
    ['another network', { enc_type: 'cnn' }, /must both be "vit" or both be "cnn"/],
    ['another class', { _class_name: 'LFQ' }, /"_class_name" must be one of SoftVQ, VQ, KL, AE, MAETok/],
    ['another head', { to_pixel: 'mlp' }, /"to_pixel" must be one of linear, conv, siren/],
    [
      'a head for other patches',
      { to_pixel: 'conv', enc_patch_size: 8, dec_patch_size: 8 },
      /can be "conv" with/,
    ],
    ['a head for other images', { to_pixel: 'siren', image_size: 512 }, /can be "siren" where/],
    ['no class token', { dec_cls_token: false }, /set "dec_cls_token" or "use_rope" to true/],
    ['token drop', { enc_token_drop: 0.4 }, /only MAETok is trained with masks/],
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
