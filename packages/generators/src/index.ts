export * from './config/index.js';
export {
  type DiffusionLossTerms,
  diffusionLossTerms,
  type GaussianDiffusion,
  minSnrWeights,
  type NoisedData,
  noisedLatents,
  noiseSchedule,
  type Respacing,
  respacedDiffusion,
  respacedTimesteps,
  trainingDiffusion,
} from './diffusion/index.js';
export { DiT, type DiTOptions } from './dit.js';
export {
  type Combination,
  type DiffusionForm,
  diffusionCoefficient,
  type Estimates,
  estimatesOf,
  type LossWeighting,
  type PathPoint,
  pathAt,
  shiftTime,
  type TimeDistribution,
} from './interpolant/index.js';
export { MAR, type MAROptions } from './mar/index.js';
export * from './objective/index.js';
export { type PresetName, presets } from './presets.js';
export * from './registry/index.js';
export * from './samplers/index.js';
export { disposeCompiled } from './sampling/compilations.js';
export { type LatentGenerator, sampleLatents } from './sampling/sample-latents.js';
export { SiT, type SiTOptions } from './sit.js';
export * from './transformer/index.js';
