import type { DiffusionTransformerOptions } from '../transformer/diffusion-transformer.js';
import { flag, positive, type Rule, share, size, type ValuesOf } from './field.js';

/** The fields that DiT and SiT have in common, by the names of the official files. */
export const transformerFields = {
  /** Tokens, or the side of a grid. */
  input_size: size(),
  /** Width of a token, or channels of a grid. */
  in_channels: size(),
  patch_size: size(),
  hidden_size: size(),
  depth: size(),
  num_heads: size(),
  mlp_ratio: positive(4),
  class_dropout_prob: share(0.1),
  num_classes: size(1000),
  /** Whether latents are one-dimensional tokens. */
  vae_1d: flag(false),
};

export type TransformerConfig = ValuesOf<typeof transformerFields>;

export const transformerRules: readonly Rule<TransformerConfig>[] = [
  {
    broken: ({ vae_1d, patch_size }) => vae_1d && patch_size !== 1,
    advice: '"patch_size" must be 1 with "vae_1d", whose latents are tokens already',
  },
  {
    broken: ({ vae_1d, input_size, patch_size }) => !vae_1d && input_size % patch_size !== 0,
    advice: '"input_size" must be a multiple of "patch_size"',
  },
  {
    broken: ({ hidden_size, num_heads }) => hidden_size % num_heads !== 0,
    advice: '"hidden_size" must be a multiple of "num_heads"',
  },
  {
    broken: ({ class_dropout_prob }) => class_dropout_prob === 0,
    advice: '"class_dropout_prob" must be above 0: networks without a null label are not supported',
  },
];

export function transformerOptions(config: TransformerConfig): DiffusionTransformerOptions {
  const { vae_1d, input_size, in_channels } = config;
  return {
    latentShape: vae_1d ? [input_size, in_channels] : [in_channels, input_size, input_size],
    patchSize: config.patch_size,
    width: config.hidden_size,
    depth: config.depth,
    heads: config.num_heads,
    mlpRatio: config.mlp_ratio,
    labelDropout: config.class_dropout_prob,
    classes: config.num_classes,
  };
}

export function transformerConfig(options: DiffusionTransformerOptions): TransformerConfig {
  const { latentShape, patchSize = 1, mlpRatio = 4, labelDropout = 0.1, classes = 1000 } = options;
  const isTokens = latentShape.length === 2;
  return {
    input_size: isTokens ? latentShape[0] : latentShape[1],
    in_channels: isTokens ? latentShape[1] : latentShape[0],
    patch_size: patchSize,
    hidden_size: options.width,
    depth: options.depth,
    num_heads: options.heads,
    mlp_ratio: mlpRatio,
    class_dropout_prob: labelDropout,
    num_classes: classes,
    vae_1d: isTokens,
  };
}
