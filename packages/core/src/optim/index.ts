export { accumulateGradients, type LossAndGradient } from './accumulate-gradients.js';
export { type AdamOptions, type AdamState, adam, adamW } from './adam.js';
export { type Clipped, clipByGlobalNorm, globalNorm } from './clip.js';
export { type Ema, ema } from './ema.js';
export type { GroupedOptions, Optimizer, ParameterGroup, Updated } from './optimizer.js';
export {
  type CosineOptions,
  constant,
  cosine,
  linear,
  linearWarmup,
  type Phase,
  type Schedule,
  scaled,
  sequence,
} from './schedules.js';
export { type SgdOptions, type SgdState, sgd } from './sgd.js';
