export { DiffusionHead } from './diffusion-head.js';
export { MAR } from './mar.js';
export type { HeadSize, MAROptions } from './mar-options.js';
export { type DecoderCall, type EncoderCall, MaskedTransformer } from './masked-transformer.js';
