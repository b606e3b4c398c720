export { cuda } from './cuda.js';
export type { CudaOptions } from './options.js';
