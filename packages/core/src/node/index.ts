export { openCheckpoint } from './open-checkpoint.js';
export { openFile } from './open-file.js';
export { readConfigFile } from './read-config-file.js';
export { removeStale } from './remove-stale.js';
export { type ModelFolder, type SaveModelFolderOptions, saveModelFolder } from './save-model-folder.js';
export { syncFolder } from './sync-folder.js';
export { writeFileAtomic } from './write-file-atomic.js';
