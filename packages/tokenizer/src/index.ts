export { AE } from './ae.js';
export { ConvolutionalKL } from './convolutional/convolutional-kl.js';
export {
  ConvolutionalTokenizer,
  type ConvolutionalTokenizerOptions,
} from './convolutional/convolutional-tokenizer.js';
export {
  ConvolutionalVQ,
  type ConvolutionalVQOptions,
  type GridVectorQuantized,
} from './convolutional/convolutional-vq.js';
export type { GridPosterior } from './convolutional/grid-posterior.js';
export { type ConvolutionalTrunkOptions, convolutionalMultipliers } from './convolutional/trunk-options.js';
export { type AnyTokenizer, configOf, createTokenizer, isBuiltIn } from './create-tokenizer.js';
export { loadDinoV2Weights } from './dinov2/load-dinov2-weights.js';
export { type GaussianPosterior, klDivergence } from './gaussian-posterior.js';
export { type Encoding, ImageTokenizer, type ImageTokenizerOptions } from './image-tokenizer.js';
export { KL } from './kl.js';
export type { LatentStatistics } from './latent-statistics.js';
export type { AuxiliaryDecoderOptions, AuxiliaryName } from './maetok/auxiliary-decoders.js';
export { featureError, featureMisalignment } from './maetok/feature-losses.js';
export { hogFeatures } from './maetok/hog-features.js';
export { MAETok, type MAETokOptions, type MaskedEncoding } from './maetok/maetok.js';
export type { MaskingOptions } from './maetok/token-mask.js';
export type { DecoderTrunkOptions } from './patch-decoder.js';
export type { PixelHeadName } from './pixel-head/pixel-head.js';
export { type MAETokPresetName, maetokPresets, type PresetName, presets } from './presets.js';
export * from './registry/index.js';
export type { RotaryOptions } from './rotary-position.js';
export { entropyLoss, type Quantized, SoftQuantizer, type SoftQuantizerOptions } from './soft-quantizer.js';
export { SoftVQ, type SoftVQOptions } from './softvq.js';
export {
  CodebookStatistics,
  type CodebookSummary,
  type CodebookSums,
  codebookSums,
} from './statistics/codebook-statistics.js';
export { LatentMoments, type LatentSums, latentSums } from './statistics/latent-moments.js';
export {
  PosteriorStatistics,
  type PosteriorSummary,
  type PosteriorSums,
  posteriorSums,
} from './statistics/posterior-statistics.js';
export { parseTokenizerConfig, type TokenizerConfig } from './tokenizer-config.js';
export { TransformerTokenizer, type TransformerTokenizerOptions } from './transformer-tokenizer.js';
export { type VectorQuantized, VectorQuantizer, type VectorQuantizerOptions } from './vector-quantizer.js';
export type { InitializationOptions, TrunkOptions } from './vision-transformer.js';
export { VQ, type VQOptions } from './vq.js';
