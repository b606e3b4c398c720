export { type AnyKernel, arrangements, kernelOf, nativeComposites } from './table.js';
