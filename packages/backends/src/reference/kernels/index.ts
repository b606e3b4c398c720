export { type KernelName, kernels } from './table.js';
