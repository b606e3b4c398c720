import type { DecoderTrunkOptions } from './patch-decoder.js';
import type { PixelHeadName } from './pixel-head/pixel-head.js';
import { rotaryBase } from './rotary-position.js';
import type { ModelShape, TokenizerConfig } from './tokenizer-config.js';
import type { TransformerTokenizerOptions } from './transformer-tokenizer.js';
import { trunkName, trunkOf } from './trunks.js';

/** What a valid config says about every tokenizer with transformers. */
export function transformerOptions(config: TokenizerConfig): TransformerTokenizerOptions {
  const { vq_mean: mean, vq_std: std } = config;
  const kind = config.rope_mixed ? 'mixed' : 'axial';
  return {
    imageSize: config.image_size,
    patchSize: config.enc_patch_size,
    latentTokens: config.num_latent_tokens,
    latentWidth: config.codebook_embed_dim,
    encoder: trunkOf(config.encoder_model)!,
    decoder: trunkOf(config.decoder_model)!,
    rotary: config.use_rope ? { kind, base: config.rope_theta } : undefined,
    decoderClassToken: config.dec_cls_token,
    decoderDropPath: config.dec_drop_path_rate,
    pixelHead: config.to_pixel as PixelHeadName,
    latentStatistics: mean === undefined || std === undefined ? undefined : { mean, std },
  };
}

/** The fields of a config that say the same. */
export function transformerConfig({
  imageSize,
  patchSize,
  latentTokens,
  latentWidth,
  encoder,
  decoder,
  rotary,
  decoderClassToken = true,
  decoderDropPath = 0,
  pixelHead = 'linear',
  latentStatistics,
}: TransformerTokenizerOptions): Partial<TokenizerConfig> {
  return {
    image_size: imageSize,
    base_image_size: imageSize,
    enc_type: 'vit',
    dec_type: 'vit',
    // What matters is in the file: no reader needs to fetch other weights first.
    enc_pretrained: false,
    dec_pretrained: false,
    enc_patch_size: patchSize,
    dec_patch_size: patchSize,
    encoder_model: modelOf(encoder),
    decoder_model: modelOf(decoder),
    num_latent_tokens: latentTokens,
    codebook_embed_dim: latentWidth,
    dec_cls_token: decoderClassToken,
    dec_drop_path_rate: decoderDropPath,
    to_pixel: pixelHead,
    ...(rotary && {
      use_rope: true,
      use_ape: false,
      rope_mixed: rotary.kind === 'mixed',
      rope_theta: rotaryBase(rotary),
    }),
    ...(latentStatistics && { vq_mean: latentStatistics.mean, vq_std: latentStatistics.std }),
  };
}

/** A trunk by its name, or by its shape where it has none. */
export function modelOf({
  width,
  depth,
  heads,
  modulated = false,
}: DecoderTrunkOptions): string | ModelShape {
  const trunk = { width, depth, heads, ...(modulated && { modulated }) };
  return trunkName(trunk) ?? trunk;
}
