import { ArgumentError } from '@softvq/core';
import type { DecoderTrunkOptions } from './patch-decoder.js';
import { assertSupported } from './supported-config.js';
import { trunkOf } from './trunks.js';

/** What a field of a config may be, and what it is when it is left out. */
interface Field<T> {
  readonly absent: T;
  readonly expected: string;
  readonly accepts: (value: unknown) => value is T;
}

const isPositiveInteger = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) > 0;
const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);
const isIntegers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item));
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isShape = (value: unknown, ...names: readonly string[]): boolean =>
  isObject(value) &&
  Object.keys(value).sort().join() === names.join() &&
  Object.values(value).every(isPositiveInteger);

/** A model that has no name: a transformer, or a convolutional network. */
export type ModelShape = DecoderTrunkOptions | ConvolutionalShape;

/** A convolutional network by what its multipliers do not tell. */
export interface ConvolutionalShape {
  /** Channels at multiplier 1. */
  readonly channels: number;
  /** Residual blocks of each level of the encoder. */
  readonly residual_blocks: number;
}

function isModelShape(value: unknown): value is ModelShape {
  if (!isObject(value)) return false;
  const { modulated, ...numbers } = value;
  if (isShape(value, 'channels', 'residual_blocks')) return true;
  return (
    isShape(numbers, 'depth', 'heads', 'width') && (modulated === undefined || typeof modulated === 'boolean')
  );
}

const size = (absent: number): Field<number> => ({
  absent,
  expected: 'a whole number from 1',
  accepts: isPositiveInteger,
});
const number = (absent: number): Field<number> => ({ absent, expected: 'a number', accepts: isFiniteNumber });
const optionalNumber: Field<number | undefined> = {
  absent: undefined,
  expected: 'a number',
  accepts: (value): value is number | undefined => isFiniteNumber(value),
};
const flag = (absent: boolean): Field<boolean> => ({
  absent,
  expected: 'true or false',
  accepts: (value): value is boolean => typeof value === 'boolean',
});
const text = (absent: string): Field<string> => ({
  absent,
  expected: 'a string',
  accepts: (value): value is string => typeof value === 'string',
});
const integers = (absent: readonly number[]): Field<readonly number[]> => ({
  absent,
  expected: 'a list of whole numbers',
  accepts: isIntegers,
});
const model = (absent: string): Field<string | ModelShape> => ({
  absent,
  expected:
    'the name of a model, { "width", "depth", "heads" } of a transformer, which may be "modulated", or { "channels", "residual_blocks" } of a convolutional network',
  accepts: (value): value is string | ModelShape => typeof value === 'string' || isModelShape(value),
});

/** Those that say what a tokenizer computes, with the defaults of the official training code. */
const modelFields = {
  /** Not in official files, which hold SoftVQ, or MAETok where the decoder is modulated. */
  _class_name: text('SoftVQ'),
  image_size: size(256),
  enc_type: text('cnn'),
  dec_type: text('cnn'),
  encoder_model: model('llamagen_encoder'),
  decoder_model: model('llamagen_decoder'),
  enc_patch_size: size(16),
  dec_patch_size: size(16),
  num_latent_tokens: size(256),
  codebook_embed_dim: size(8),
  codebook_size: size(16384),
  codebook_l2_norm: flag(true),
  num_codebooks: size(1),
  tau: number(0.1),
  vq_mean: optionalNumber,
  vq_std: optionalNumber,
  to_pixel: text('linear'),
  dec_cls_token: flag(true),
  use_ape: flag(true),
  use_rope: flag(false),
  rope_mixed: flag(false),
  rope_theta: number(10),
  enc_tuning_method: text('full'),
  dec_tuning_method: text('full'),
  dec_drop_path_rate: number(0),
  enc_token_drop: number(0),
  enc_token_drop_max: number(0.6),
  aux_dec_model: model('vit_tiny_patch14_dinov2_movq'),
  aux_dec_cls_token: flag(true),
  aux_hog_dec: flag(false),
  aux_dino_dec: flag(false),
  aux_supcls_dec: flag(false),
  aux_clip_dec: flag(false),
  encoder_ch_mult: integers([1, 1, 2, 2, 4]),
  decoder_ch_mult: integers([1, 1, 2, 2, 4]),
  z_channels: size(256),
};

/** Those of training, and of parts that other fields switch off. Their types are checked and that is all. */
const otherFields = {
  base_image_size: size(256),
  codebook_show_usage: flag(true),
  commit_loss_beta: number(0.25),
  entropy_loss_ratio: number(0),
  vq_loss_ratio: number(1),
  kl_loss_weight: number(1e-6),
  dropout_p: number(0),
  enc_drop_path_rate: number(0),
  enc_pretrained: flag(true),
  dec_pretrained: flag(false),
  repa: flag(false),
  repa_align: text('global'),
  repa_layer_indices: integers([8]),
  repa_loss_weight: number(0.1),
  repa_model: text('vit_base_patch16_224'),
  repa_patch_size: size(16),
  repa_proj_dim: size(2048),
  aux_loss_mask: flag(false),
};

const fields = { ...modelFields, ...otherFields };

/** What the hub adds to describe a repository. */
const hubFields: readonly string[] = [
  'docs_url',
  'library_name',
  'license',
  'paper_url',
  'pipeline_tag',
  'repo_url',
  'tags',
];

/**
 * The `config.json` of a tokenizer, by the field names of the official files. Beyond them, `_class_name` says which
 * tokenizer it is, and a trunk that has no name is given by its shape.
 */
export type TokenizerConfig = {
  readonly [Name in keyof typeof fields]: (typeof fields)[Name]['absent'];
};

/**
 * Checks the parsed JSON of a `config.json` and adds what it leaves out. `null` counts as left out.
 *
 * @throws ArgumentError, which says what to change, for a field that is unknown, of the wrong type, at odds with
 * another, or that asks for what this library does not have.
 */
export function parseTokenizerConfig(json: unknown): TokenizerConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ArgumentError('the config of a tokenizer must be a JSON object');
  }
  const given = new Map<string, unknown>(Object.entries(json).filter(([, value]) => value !== null));
  for (const name of given.keys()) {
    if (Object.hasOwn(fields, name) || hubFields.includes(name)) continue;
    throw new ArgumentError(
      `the config has the unknown field "${name}": correct its name, or remove it if the model does not depend on it; known are ${Object.keys(fields).join(', ')}`,
    );
  }
  const entries = Object.entries<Field<unknown>>(fields).map(([name, { absent, expected, accepts }]) => {
    const value = given.get(name);
    if (value === undefined) return [name, absent];
    if (accepts(value)) return [name, value];
    throw new ArgumentError(`"${name}" of the config must be ${expected}, not ${JSON.stringify(value)}`);
  });
  const config = withClass(Object.fromEntries(entries) as TokenizerConfig, given.has('_class_name'));
  assertSupported(config);
  return config;
}

/**
 * Official files do not say which tokenizer they hold. Those of MAETok have a modulated decoder, and nothing of what
 * only trains it, whatever the config says of that.
 */
function withClass(config: TokenizerConfig, isGiven: boolean): TokenizerConfig {
  if (isGiven || trunkOf(config.decoder_model)?.modulated !== true) return config;
  const none = { aux_hog_dec: false, aux_dino_dec: false, aux_supcls_dec: false, aux_clip_dec: false };
  return { ...config, _class_name: 'MAETok', ...none };
}
