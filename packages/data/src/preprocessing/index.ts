export { type CropDraws, centerCrop, randomCrop } from './crop.js';
export { mirror } from './mirror.js';
