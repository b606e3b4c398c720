export type { FeatureMatrix } from './feature-matrix.js';
export { FeatureAccumulator, type FeatureStatistics, featureStatistics } from './feature-statistics.js';
export { frechetDistance } from './frechet-distance.js';
export type { ImageBatch } from './image-batch.js';
export { inceptionScore } from './inception-score.js';
export { type PrecisionRecall, precisionRecall } from './precision-recall.js';
export { psnr } from './psnr.js';
export { type SsimOptions, ssim } from './ssim.js';
