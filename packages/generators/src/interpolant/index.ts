export { type Combination, type Estimates, estimatesOf } from './conversions.js';
export { type DiffusionForm, diffusionCoefficient } from './diffusion-coefficient.js';
export {
  drawTrainingTimes,
  type LossWeighting,
  type TimeDistribution,
  type TrainingTimes,
  type TrainingTimesOptions,
} from './draw-times.js';
export { type InterpolantData, interpolantLoss, interpolated } from './loss.js';
export { type PathPoint, pathAt, timeRange } from './path.js';
export { shiftTime } from './time-shift.js';
