import { ArgumentError } from '@softvq/core';
import { pixelHeadNames } from './pixel-head/pixel-head.js';
import type { TokenizerConfig } from './tokenizer-config.js';
import { decoderTrunkNames, trunkNames, trunkOf } from './trunks.js';

/** What must not be, and what to do about it. */
interface Rule {
  readonly broken: (config: TokenizerConfig) => boolean;
  readonly advice: string;
}

const kinds = ['SoftVQ', 'VQ', 'KL', 'AE', 'MAETok'];
const convolutionalKinds = ['VQ', 'KL'];
const tunings = ['full', 'frozen'];
const pixelHeads: readonly string[] = pixelHeadNames;

const ofAll: readonly Rule[] = [
  {
    broken: ({ _class_name }) => !kinds.includes(_class_name),
    advice: `"_class_name" must be one of ${kinds.join(', ')}`,
  },
  {
    broken: ({ enc_type, dec_type }) => !(enc_type === dec_type && ['vit', 'cnn'].includes(enc_type)),
    advice: '"enc_type" and "dec_type" must both be "vit" or both be "cnn", which is their default',
  },
  {
    broken: ({ enc_tuning_method, dec_tuning_method }) =>
      !tunings.includes(enc_tuning_method) || !tunings.includes(dec_tuning_method),
    advice:
      '"enc_tuning_method" and "dec_tuning_method" must be "full" or "frozen": merge other adapters first',
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
];

const ofTransformers: readonly Rule[] = [
  {
    broken: ({ encoder_model: model }) => trunkOf(model)?.modulated ?? trunkOf(model) === undefined,
    advice: `"encoder_model" must be one of ${trunkNames}, or the shape of a trunk that is not modulated`,
  },
  {
    broken: ({ decoder_model: model }) => trunkOf(model) === undefined,
    advice: `"decoder_model" must be one of ${decoderTrunkNames}, or the shape of a trunk`,
  },
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
  {
    broken: ({ dec_cls_token, use_rope }) => !dec_cls_token && !use_rope,
    advice: 'absolute positions include the class token: set "dec_cls_token" or "use_rope" to true',
  },
  {
    broken: ({ dec_drop_path_rate }) => dec_drop_path_rate < 0 || dec_drop_path_rate >= 1,
    advice: '"dec_drop_path_rate" must be from 0 to below 1',
  },
  {
    broken: ({ to_pixel }) => !pixelHeads.includes(to_pixel),
    advice: `"to_pixel" must be one of ${pixelHeads.join(', ')}`,
  },
  {
    broken: ({ to_pixel, dec_patch_size }) => to_pixel === 'conv' && dec_patch_size !== 16,
    advice: '"to_pixel" can be "conv" with a "dec_patch_size" of 16 only: set it to "linear"',
  },
  {
    broken: ({ to_pixel, dec_patch_size, image_size }) =>
      to_pixel === 'siren' && image_size !== dec_patch_size ** 2,
    advice:
      '"to_pixel" can be "siren" where "image_size" is the square of "dec_patch_size" only: set it to "linear"',
  },
];

const ofMasking: readonly Rule[] = [
  {
    broken: ({ _class_name, enc_token_drop }) => _class_name !== 'MAETok' && enc_token_drop > 0,
    advice: 'only MAETok is trained with masks: set "enc_token_drop" to 0, or "_class_name" to "MAETok"',
  },
  {
    broken: ({ enc_token_drop: least, enc_token_drop_max: most }) =>
      least !== 0 && !(least > 0 && least <= most && most <= 1),
    advice: '"enc_token_drop" must be from 0 to "enc_token_drop_max", and that at most 1',
  },
];

const ofAuxiliaryDecoders: readonly Rule[] = [
  {
    broken: ({ aux_supcls_dec }) => aux_supcls_dec,
    advice: '"aux_supcls_dec" must be false: there is no such auxiliary decoder',
  },
  {
    broken: ({ aux_hog_dec, aux_dino_dec, aux_clip_dec, aux_dec_model }) =>
      (aux_hog_dec || aux_dino_dec || aux_clip_dec) && trunkOf(aux_dec_model) === undefined,
    advice: `"aux_dec_model" must be one of ${decoderTrunkNames}, or the shape of a trunk`,
  },
  {
    broken: ({ aux_dec_cls_token, use_rope }) => !aux_dec_cls_token && !use_rope,
    advice: 'absolute positions include the class token: set "aux_dec_cls_token" or "use_rope" to true',
  },
  {
    broken: ({ aux_hog_dec, dec_patch_size }) => aux_hog_dec && dec_patch_size % 8 !== 0,
    advice: '"aux_hog_dec" needs a "dec_patch_size" that is a multiple of 8',
  },
  {
    broken: ({ aux_dino_dec, repa_model }) => aux_dino_dec && trunkOf(repa_model)?.width !== 1024,
    advice: '"aux_dino_dec" needs "vit_large_patch14_dinov2.lvd142m" as the "repa_model"',
  },
];

const ofConvolutions: readonly Rule[] = [
  {
    broken: ({ _class_name }) => !convolutionalKinds.includes(_class_name),
    advice: `with "enc_type" and "dec_type" "cnn" the "_class_name" must be one of ${convolutionalKinds.join(', ')}`,
  },
  ...(['encoder_model', 'decoder_model'] as const).map((field) => ({
    broken: (config: TokenizerConfig) => {
      const model = config[field];
      const name = field === 'encoder_model' ? 'llamagen_encoder' : 'llamagen_decoder';
      return typeof model === 'string' ? model !== name : !('channels' in model);
    },
    advice: `"${field}" must be "llamagen_${field.slice(0, 7)}" or { "channels", "residual_blocks" } with "enc_type" "cnn"`,
  })),
  {
    broken: ({ encoder_model: encoder, decoder_model: decoder }) =>
      typeof encoder !== typeof decoder ||
      (typeof encoder === 'object' && JSON.stringify(encoder) !== JSON.stringify(decoder)),
    advice: '"encoder_model" and "decoder_model" must be of one shape',
  },
  {
    broken: ({ encoder_ch_mult, decoder_ch_mult }) => encoder_ch_mult.join() !== decoder_ch_mult.join(),
    advice: '"encoder_ch_mult" and "decoder_ch_mult" must be equal',
  },
  {
    broken: ({ encoder_ch_mult }) => encoder_ch_mult.length === 0 || encoder_ch_mult.some((each) => each < 1),
    advice: '"encoder_ch_mult" must have one number from 1 or more',
  },
  {
    broken: ({ image_size, encoder_ch_mult }) => image_size % 2 ** (encoder_ch_mult.length - 1) !== 0,
    advice: '"image_size" must halve once for each of "encoder_ch_mult" after the first',
  },
  {
    broken: ({ use_rope, rope_mixed, to_pixel, enc_token_drop }) =>
      use_rope || rope_mixed || to_pixel !== 'linear' || enc_token_drop > 0,
    advice:
      '"use_rope", "rope_mixed", "to_pixel" and "enc_token_drop" are of transformers: remove them, or set "enc_type" and "dec_type" to "vit"',
  },
];

/** @throws ArgumentError for fields at odds with each other, or that ask for what this library does not have. */
export function assertSupported(config: TokenizerConfig): void {
  const rules = [
    ...ofAll,
    ...(config.enc_type === 'cnn' && config.dec_type === 'cnn'
      ? ofConvolutions
      : [...ofTransformers, ...ofMasking]),
    ...(config._class_name === 'MAETok' ? ofAuxiliaryDecoders : []),
  ];
  const broken = rules.filter((rule) => rule.broken(config));
  if (broken.length === 0) return;
  throw new ArgumentError(
    `the config of the tokenizer cannot be used: ${broken.map(({ advice }) => advice).join('; ')}`,
  );
}
