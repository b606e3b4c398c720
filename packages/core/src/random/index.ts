export { RandomStream, type RandomStreamOptions } from './random-stream.js';
