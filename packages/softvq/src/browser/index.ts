export type { DownloadOptions, DownloadProgress } from './download.js';
export { DownloadError, type DownloadErrorReason } from './download-error.js';
export { type FromPretrainedOptions, ImagePipeline } from './image-pipeline.js';
export { TokenizerPipeline } from './tokenizer-pipeline.js';
