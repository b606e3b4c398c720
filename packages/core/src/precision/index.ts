export type { Precision, PrecisionName, PrecisionOptions } from './precision.js';
export { PrecisionPass } from './precision-pass.js';
