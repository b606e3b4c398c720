export { AE } from './ae.js';
export { ConvolutionalKL } from './convolutional/convolutional-kl.js';
export {
  ConvolutionalTokenizer,
  type ConvolutionalTokenizerOptions,
  type GridEncoding,
} from './convolutional/convolutional-tokenizer.js';
export {
  ConvolutionalVQ,
  type ConvolutionalVQOptions,
  type GridVectorQuantized,
} from './convolutional/convolutional-vq.js';
export type { GridPosterior } from './convolutional/grid-posterior.js';
export { type ConvolutionalTrunkOptions, convolutionalMultipliers } from './convolutional/trunk-options.js';
export { type AnyTokenizer, configOf, createTokenizer } from './create-tokenizer.js';
export { type GaussianPosterior, klDivergence } from './gaussian-posterior.js';
export { type Encoding, ImageTokenizer, type ImageTokenizerOptions } from './image-tokenizer.js';
export { KL } from './kl.js';
export type { LatentStatistics } from './latent-statistics.js';
export { type PresetName, presets } from './presets.js';
export type { RotaryOptions } from './rotary-position.js';
export { entropyLoss, type Quantized, SoftQuantizer, type SoftQuantizerOptions } from './soft-quantizer.js';
export { SoftVQ, type SoftVQOptions } from './softvq.js';
export { parseTokenizerConfig, type TokenizerConfig } from './tokenizer-config.js';
export { type VectorQuantized, VectorQuantizer, type VectorQuantizerOptions } from './vector-quantizer.js';
export type { InitializationOptions, TrunkOptions } from './vision-transformer.js';
export { VQ, type VQOptions } from './vq.js';
