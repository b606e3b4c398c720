export type { WebgpuOptions } from '../options.js';
export type { WebgpuBackend } from '../webgpu-backend.js';
export { webgpu } from './webgpu.js';
