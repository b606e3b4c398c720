export { HubError, type HubErrorReason } from './hub-error.js';
export type { HubOptions } from './hub-options.js';
export type { DownloadProgress, DownloadStatus } from './progress.js';
export { type ModelFiles, type ResolveModelFilesOptions, resolveModelFiles } from './resolve-model-files.js';
export { type ResolveModelFolderOptions, resolveModelFolder } from './resolve-model-folder.js';
