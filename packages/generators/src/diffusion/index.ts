export {
  type GaussianDiffusion,
  logVarianceBounds,
  respacedDiffusion,
  trainingDiffusion,
} from './gaussian-diffusion.js';
export {
  type DiffusionLossTerms,
  diffusionLossTerms,
  minSnrWeights,
  type NoisedData,
  noisedLatents,
} from './loss.js';
export { noiseSchedule } from './noise-schedule.js';
export { type Respacing, respacedLength, respacedTimesteps } from './respacing.js';
export { type SplitPrediction, splitPrediction } from './split-prediction.js';
