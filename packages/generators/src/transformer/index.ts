export { DiffusionTransformer, type DiffusionTransformerOptions } from './diffusion-transformer.js';
export type { LatentShape } from './latent-layout.js';
export { TimestepEmbedder } from './timestep-embedder.js';
export { type TransformerSize, transformerSizes } from './transformer-sizes.js';
