export * from './dataset/index.js';
export * from './loader/index.js';
export * from './picture/index.js';
export * from './preprocessing/index.js';
