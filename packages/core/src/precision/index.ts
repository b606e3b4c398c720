export { PrecisionPass } from './precision-pass.js';
export type { Precision, PrecisionName, PrecisionOptions } from './precision.js';
