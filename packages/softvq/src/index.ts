export { type ClassInput, ClassLabels } from './pipeline/class-labels.js';
export type { BatchProgress, ImagesInput, RunOptions } from './pipeline/compiled-tokenizer.js';
export type { GenerationEvent } from './pipeline/generation-event.js';
export type { GenerateOptions, GuidanceInput } from './pipeline/generation-options.js';
export { type GenerateCallOptions, type GeneratedImages, ImagePipeline } from './pipeline/image-pipeline.js';
export type { Images } from './pipeline/images.js';
export type { InterpolateOptions } from './pipeline/interpolation.js';
export type { LatentStatistics, PipelineParts, PipelinePrecision } from './pipeline/pipeline-parts.js';
export type { SamplingDefaults } from './pipeline/sampling-defaults.js';
export {
  type Reconstructions,
  TokenizerPipeline,
  type TokenizerPipelineParts,
} from './pipeline/tokenizer-pipeline.js';
