export { entropyLoss, type Quantized, SoftQuantizer, type SoftQuantizerOptions } from './soft-quantizer.js';
export { SoftVQ, type SoftVQOptions } from './softvq.js';
export type { TrunkOptions } from './vision-transformer.js';
