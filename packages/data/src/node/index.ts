export { type FolderDatasetOptions, openFolderDataset } from './datasets/folder-dataset.js';
export { type ManifestDatasetOptions, openManifestDataset } from './datasets/manifest-dataset.js';
export { openDataset } from './datasets/open-dataset.js';
export * from './latents/index.js';
export { readPicture, writePng } from './picture-file.js';
