export { type Guidance, type GuidanceSupport, isActive, resolveGuidance } from './guidance.js';
export {
  type GuidedCondition,
  type GuidedNetwork,
  guidedDenoise,
  type Network,
  type NetworkRows,
} from './guided-network.js';
export { GuidedRows } from './guided-rows.js';
export { tokenGuidanceScale } from './token-schedule.js';
