export { openCheckpoint } from './open-checkpoint.js';
export { openFile } from './open-file.js';
export { writeFileAtomic } from './write-file-atomic.js';
