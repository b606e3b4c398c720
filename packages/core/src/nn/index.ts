export { Attention, type AttentionCall, type AttentionModuleOptions } from './attention.js';
export { BatchNorm, type BatchNormOptions, type BatchNormTraining } from './batch-norm.js';
export {
  Conv1d,
  Conv2d,
  type ConvolutionOptions,
  ConvTranspose2d,
  type TransposedConvolutionOptions,
} from './convolution.js';
export { DropPath } from './drop-path.js';
export { Dropout } from './dropout.js';
export { Embedding, type EmbeddingOptions } from './embedding.js';
export { GroupNorm, type GroupNormOptions } from './group-norm.js';
export {
  constant,
  type Initializer,
  type KaimingOptions,
  kaimingNormal,
  kaimingUniform,
  type Nonlinearity,
  normal,
  torchBias,
  torchWeight,
  truncatedNormal,
  uniform,
  xavierNormal,
  xavierUniform,
} from './initializers.js';
export { LayerNorm, type LayerNormOptions } from './layer-norm.js';
export { LayerScale } from './layer-scale.js';
export { Linear, type LinearOptions } from './linear.js';
export type { LoadOptions, LoadReport, Misshapen, StateDictSource } from './load-state-dict.js';
export { Mlp, type MlpOptions } from './mlp.js';
export { Module, type TensorRecord } from './module.js';
export { filled, type InitializerOptions, parameter, type RandomOptions } from './parameter.js';
export { PatchEmbed, type PatchEmbedOptions } from './patch-embed.js';
export { sineCosine1d, sineCosine2d, timestepEmbedding } from './position-embedding.js';
export { RMSNorm, type RMSNormOptions } from './rms-norm.js';
export type { Role } from './roles.js';
export { type Layer, Sequential } from './sequential.js';
export { TracedRandom, type TracedRandomOptions, tracedRandom } from './traced-random.js';
export { TransformerBlock, type TransformerBlockOptions } from './transformer-block.js';
