import type { ConvolutionalShape, TokenizerConfig } from '../tokenizer-config.js';
import type { ConvolutionalTokenizerOptions } from './convolutional-tokenizer.js';

/** What the networks of the official code are made of that configs do not tell. */
const named: ConvolutionalShape = { channels: 128, residual_blocks: 2 };

/** What a valid config says about every convolutional tokenizer. */
export function convolutionalOptions(config: TokenizerConfig): ConvolutionalTokenizerOptions {
  const { vq_mean: mean, vq_std: std, encoder_model: model } = config;
  const { channels, residual_blocks } = typeof model === 'object' && 'channels' in model ? model : named;
  return {
    imageSize: config.image_size,
    channels,
    residualBlocks: residual_blocks,
    multipliers: config.encoder_ch_mult,
    encodedChannels: config.z_channels,
    latentChannels: config.codebook_embed_dim,
    latentStatistics: mean === undefined || std === undefined ? undefined : { mean, std },
  };
}

/** The fields of a config that say the same. */
export function convolutionalConfig({
  imageSize,
  channels = named.channels,
  residualBlocks = named.residual_blocks,
  multipliers,
  encodedChannels = 256,
  latentChannels,
  latentStatistics,
}: ConvolutionalTokenizerOptions): Partial<TokenizerConfig> {
  const isNamed = channels === named.channels && residualBlocks === named.residual_blocks;
  const shape: ConvolutionalShape = { channels, residual_blocks: residualBlocks };
  return {
    image_size: imageSize,
    base_image_size: imageSize,
    enc_type: 'cnn',
    dec_type: 'cnn',
    encoder_model: isNamed ? 'llamagen_encoder' : shape,
    decoder_model: isNamed ? 'llamagen_decoder' : shape,
    encoder_ch_mult: multipliers,
    decoder_ch_mult: multipliers,
    z_channels: encodedChannels,
    codebook_embed_dim: latentChannels,
    ...(latentStatistics && { vq_mean: latentStatistics.mean, vq_std: latentStatistics.std }),
  };
}
