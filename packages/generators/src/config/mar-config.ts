import { type MAROptions, resolveMAROptions } from '../mar/mar-options.js';
import {
  type Field,
  flag,
  oneOf,
  optional,
  positive,
  type Rule,
  share,
  size,
  type ValuesOf,
} from './field.js';

/** The official files write it as a string. */
const stepsField: Field<number | string> = {
  absent: '100',
  expected: 'a whole number from 1, also as a string',
  accepts: (value): value is number | string => /^[1-9]\d*$/.test(String(value)),
};

/** Sides of the pictures that one number of a latent grid stands for, in the official models. */
const usualStride = 16;

/** The options of the official code by their names there, and what one-dimensional tokens need. */
export const marFields = {
  _class_name: oneOf(['MAR'], 'MAR'),
  /** Whether latents are one-dimensional tokens, `seq_len` of them; otherwise they are a grid. */
  vae_1d: flag(false),
  seq_len: optional(size()),
  /** The side of the grid is `img_size` / `vae_stride`. */
  img_size: optional(size()),
  vae_stride: size(usualStride),
  patch_size: size(1),
  /** Width of a token, or channels of the grid. */
  vae_embed_dim: size(),
  encoder_embed_dim: size(),
  encoder_depth: size(),
  encoder_num_heads: size(),
  decoder_embed_dim: size(),
  decoder_depth: size(),
  decoder_num_heads: size(),
  mlp_ratio: positive(4),
  buffer_size: size(64),
  class_num: size(1000),
  label_drop_prob: share(0.1),
  attn_dropout: share(0.1),
  proj_dropout: share(0.1),
  mask_ratio_min: share(0.7),
  /** Standard deviation of the share that is masked; the official code has 0.25. */
  mask_ratio_std: positive(0.25),
  diffloss_d: size(),
  diffloss_w: size(),
  diffusion_batch_mul: size(4),
  num_sampling_steps: stepsField,
  clip_denoised: optional(positive(6)),
  grad_checkpointing: flag(false),
};

/** The `config.json` of a MAR. */
export type MARConfig = ValuesOf<typeof marFields>;

export const marRules: readonly Rule<MARConfig>[] = [
  {
    broken: ({ vae_1d, seq_len, img_size }) =>
      vae_1d ? seq_len === undefined || img_size !== undefined : img_size === undefined,
    advice: '"vae_1d" needs "seq_len" and no "img_size"; grids need "img_size"',
  },
  {
    broken: ({ vae_1d, patch_size }) => vae_1d && patch_size !== 1,
    advice: '"patch_size" must be 1 with "vae_1d", whose latents are tokens already',
  },
  {
    broken: ({ vae_1d, img_size, vae_stride, patch_size }) =>
      !vae_1d && img_size !== undefined && img_size % (vae_stride * patch_size) !== 0,
    advice: '"img_size" must be a multiple of "vae_stride" times "patch_size"',
  },
  {
    broken: ({ vae_1d, seq_len, img_size, vae_stride, patch_size }) =>
      !vae_1d &&
      seq_len !== undefined &&
      img_size !== undefined &&
      seq_len !== (img_size / vae_stride / patch_size) ** 2,
    advice: '"seq_len" must be the number of patches of the grid, or left out',
  },
  ...(['encoder', 'decoder'] as const).map((part) => ({
    broken: (config: MARConfig) => config[`${part}_embed_dim`] % config[`${part}_num_heads`] !== 0,
    advice: `"${part}_embed_dim" must be a multiple of "${part}_num_heads"`,
  })),
  {
    broken: ({ attn_dropout, proj_dropout }) => attn_dropout === 1 || proj_dropout === 1,
    advice: '"attn_dropout" and "proj_dropout" must be below 1',
  },
  {
    broken: ({ mask_ratio_min }) => mask_ratio_min === 0 || mask_ratio_min === 1,
    advice: '"mask_ratio_min" must lie between 0 and 1',
  },
];

export function marOptions(config: MARConfig): MAROptions {
  const side = (config.img_size ?? 0) / config.vae_stride;
  const { vae_embed_dim: channels, seq_len = 0 } = config;
  const transformer = (part: 'encoder' | 'decoder') => ({
    width: config[`${part}_embed_dim`],
    depth: config[`${part}_depth`],
    heads: config[`${part}_num_heads`],
  });
  return {
    latentShape: config.vae_1d ? [seq_len, channels] : [channels, side, side],
    patchSize: config.patch_size,
    encoder: transformer('encoder'),
    decoder: transformer('decoder'),
    head: { width: config.diffloss_w, depth: config.diffloss_d },
    buffer: config.buffer_size,
    classes: config.class_num,
    labelDropout: config.label_drop_prob,
    attentionDropout: config.attn_dropout,
    projectionDropout: config.proj_dropout,
    mlpRatio: config.mlp_ratio,
    leastMaskRatio: config.mask_ratio_min,
    maskRatioDeviation: config.mask_ratio_std,
    noisesPerToken: config.diffusion_batch_mul,
    headSteps: Number(config.num_sampling_steps),
    ...(config.clip_denoised !== undefined && { clipDenoised: config.clip_denoised }),
  };
}

export function marConfig(options: MAROptions): MARConfig {
  const { latentShape, encoder, decoder, head, ...settings } = resolveMAROptions(options);
  const isTokens = latentShape.length === 2;
  return {
    _class_name: 'MAR',
    vae_1d: isTokens,
    seq_len: isTokens ? latentShape[0] : undefined,
    img_size: isTokens ? undefined : latentShape[1] * usualStride,
    vae_stride: usualStride,
    patch_size: settings.patchSize,
    vae_embed_dim: isTokens ? latentShape[1] : latentShape[0],
    encoder_embed_dim: encoder.width,
    encoder_depth: encoder.depth,
    encoder_num_heads: encoder.heads,
    decoder_embed_dim: decoder.width,
    decoder_depth: decoder.depth,
    decoder_num_heads: decoder.heads,
    mlp_ratio: settings.mlpRatio,
    buffer_size: settings.buffer,
    class_num: settings.classes,
    label_drop_prob: settings.labelDropout,
    attn_dropout: settings.attentionDropout,
    proj_dropout: settings.projectionDropout,
    mask_ratio_min: settings.leastMaskRatio,
    mask_ratio_std: settings.maskRatioDeviation,
    diffloss_d: head.depth,
    diffloss_w: head.width,
    diffusion_batch_mul: settings.noisesPerToken,
    num_sampling_steps: String(settings.headSteps),
    clip_denoised: settings.clipDenoised,
    grad_checkpointing: false,
  };
}
