import { AE } from './ae.js';
import type { ImageTokenizerOptions } from './image-tokenizer.js';
import { KL } from './kl.js';
import { rotaryBase } from './rotary-position.js';
import { SoftVQ } from './softvq.js';
import { parseTokenizerConfig, type TokenizerConfig } from './tokenizer-config.js';
import { type TrunkName, trunkName, trunks } from './trunks.js';
import type { TrunkOptions } from './vision-transformer.js';
import { VQ } from './vq.js';

/** The tokenizers that a `config.json` can describe. */
export type AnyTokenizer = SoftVQ | VQ | KL | AE;

/**
 * The tokenizer that a config describes, with initial values. They are made when first needed, if ever.
 *
 * @throws ArgumentError, which says what to change, for a config that `parseTokenizerConfig` refuses.
 */
export function createTokenizer(fields: Partial<TokenizerConfig>): AnyTokenizer {
  const config = parseTokenizerConfig(fields);
  const options = sharedOptions(config);
  const codebook = { codebookSize: config.codebook_size, normalized: config.codebook_l2_norm };
  switch (config._class_name) {
    case 'VQ':
      return new VQ({ ...options, ...codebook });
    case 'KL':
      return new KL(options);
    case 'AE':
      return new AE(options);
    default:
      return new SoftVQ({
        ...options,
        ...codebook,
        codebooks: config.num_codebooks,
        temperature: config.tau,
      });
  }
}

/** What a `config.json` says about a tokenizer. Settings of its training are not part of it. */
export function configOf(tokenizer: AnyTokenizer): Partial<TokenizerConfig> {
  const shared = sharedConfig(tokenizer.options);
  if (tokenizer instanceof SoftVQ) {
    const { codebooks, codebookSize, temperature = 0.07, normalized = true } = tokenizer.options;
    return {
      ...shared,
      _class_name: 'SoftVQ',
      num_codebooks: codebooks,
      codebook_size: codebookSize,
      codebook_l2_norm: normalized,
      tau: temperature,
    };
  }
  if (tokenizer instanceof VQ) {
    const { codebookSize, normalized = true } = tokenizer.options;
    return { ...shared, _class_name: 'VQ', codebook_size: codebookSize, codebook_l2_norm: normalized };
  }
  return { ...shared, _class_name: tokenizer instanceof KL ? 'KL' : 'AE' };
}

function sharedOptions(config: TokenizerConfig): ImageTokenizerOptions {
  const { vq_mean: mean, vq_std: std } = config;
  const kind = config.rope_mixed ? 'mixed' : 'axial';
  return {
    imageSize: config.image_size,
    patchSize: config.enc_patch_size,
    latentTokens: config.num_latent_tokens,
    latentWidth: config.codebook_embed_dim,
    encoder: trunkOf(config.encoder_model),
    decoder: trunkOf(config.decoder_model),
    rotary: config.use_rope ? { kind, base: config.rope_theta } : undefined,
    latentStatistics: mean === undefined || std === undefined ? undefined : { mean, std },
  };
}

function sharedConfig({
  imageSize,
  patchSize,
  latentTokens,
  latentWidth,
  encoder,
  decoder,
  rotary,
  latentStatistics,
}: ImageTokenizerOptions): Partial<TokenizerConfig> {
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
    ...(rotary && {
      use_rope: true,
      use_ape: false,
      rope_mixed: rotary.kind === 'mixed',
      rope_theta: rotaryBase(rotary),
    }),
    ...(latentStatistics && { vq_mean: latentStatistics.mean, vq_std: latentStatistics.std }),
  };
}

/** The shape of a trunk by its name, which is known to exist, or as it is. */
function trunkOf(model: string | TrunkOptions): TrunkOptions {
  return typeof model === 'string' ? trunks[model as TrunkName] : model;
}

function modelOf({ width, depth, heads }: TrunkOptions): string | TrunkOptions {
  return trunkName({ width, depth, heads }) ?? { width, depth, heads };
}
