import { ArgumentError } from '@softvq/core';
import type { TokenizerConfig } from './tokenizer-config.js';
import { isTrunkName, trunks } from './trunks.js';

/** What must not be, and what to do about it. */
interface Rule {
  readonly broken: (config: TokenizerConfig) => boolean;
  readonly advice: string;
}

const kinds = ['SoftVQ', 'VQ', 'KL', 'AE'];
const tunings = ['full', 'frozen'];

const contradictions: readonly Rule[] = [
  {
    broken: ({ image_size, enc_patch_size }) => image_size % enc_patch_size !== 0,
    advice: '"image_size" must be a multiple of "enc_patch_size"',
  },
  {
    broken: ({ enc_patch_size, dec_patch_size }) => enc_patch_size !== dec_patch_size,
    advice: '"enc_patch_size" and "dec_patch_size" must be equal',
  },
  {
    broken: ({ _class_name, num_latent_tokens, num_codebooks }) =>
      _class_name === 'SoftVQ' && num_latent_tokens % num_codebooks !== 0,
    advice: '"num_latent_tokens" must be a multiple of "num_codebooks"',
  },
  {
    broken: ({ _class_name, num_codebooks }) => _class_name === 'VQ' && num_codebooks !== 1,
    advice: 'VQ has one codebook: set "num_codebooks" to 1, or "_class_name" to "SoftVQ"',
  },
  {
    broken: ({ vq_mean, vq_std }) => (vq_mean === undefined) !== (vq_std === undefined),
    advice: '"vq_mean" and "vq_std" belong together: give both or neither',
  },
  {
    broken: ({ vq_std }) => vq_std !== undefined && vq_std <= 0,
    advice: '"vq_std" must be above 0',
  },
  { broken: ({ tau }) => tau <= 0, advice: '"tau" must be above 0' },
  { broken: ({ rope_theta }) => rope_theta <= 0, advice: '"rope_theta" must be above 0' },
  {
    broken: ({ use_rope, rope_mixed }) => rope_mixed && !use_rope,
    advice: '"rope_mixed" needs "use_rope": set it to true, or "rope_mixed" to false',
  },
  {
    broken: ({ use_ape, use_rope }) => !use_ape && !use_rope,
    advice: 'patches need positions: set "use_ape" or "use_rope" to true',
  },
];

const gaps: readonly Rule[] = [
  {
    broken: ({ _class_name }) => !kinds.includes(_class_name),
    advice: `"_class_name" must be one of ${kinds.join(', ')}`,
  },
  {
    broken: ({ enc_type, dec_type }) => enc_type !== 'vit' || dec_type !== 'vit',
    advice:
      '"enc_type" and "dec_type" must be "vit", which is not their default: other networks are not supported',
  },
  ...(['encoder_model', 'decoder_model'] as const).map((field) => ({
    broken: (config: TokenizerConfig) => {
      const model = config[field];
      return typeof model === 'string' && !isTrunkName(model);
    },
    advice: `"${field}" must be one of ${Object.keys(trunks).join(', ')}, or the shape of a trunk`,
  })),
  {
    broken: ({ to_pixel }) => to_pixel !== 'linear',
    advice: '"to_pixel" must be "linear": other heads are not supported',
  },
  {
    broken: ({ dec_cls_token }) => !dec_cls_token,
    advice: '"dec_cls_token" must be true: decoders without a class token (MAETok) are not supported',
  },
  {
    broken: ({ enc_token_drop }) => enc_token_drop > 0,
    advice: '"enc_token_drop" must be 0: masked training (MAETok) is not supported',
  },
  {
    broken: ({ aux_hog_dec, aux_dino_dec, aux_supcls_dec, aux_clip_dec }) =>
      aux_hog_dec || aux_dino_dec || aux_supcls_dec || aux_clip_dec,
    advice: 'the "aux_…_dec" fields must be false: auxiliary decoders (MAETok) are not supported',
  },
  {
    broken: ({ enc_tuning_method, dec_tuning_method }) =>
      !tunings.includes(enc_tuning_method) || !tunings.includes(dec_tuning_method),
    advice:
      '"enc_tuning_method" and "dec_tuning_method" must be "full" or "frozen": merge other adapters first',
  },
];

/** @throws ArgumentError for fields at odds with each other, or that ask for what this library does not have. */
export function assertSupported(config: TokenizerConfig): void {
  const broken = [...gaps, ...contradictions].filter((rule) => rule.broken(config));
  if (broken.length === 0) return;
  throw new ArgumentError(
    `the config of the tokenizer cannot be used: ${broken.map(({ advice }) => advice).join('; ')}`,
  );
}
