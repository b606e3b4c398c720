export { relativeToCaller, wholeNumber } from './flags.js';
export { type UpdateProgress, withProgress } from './progress.js';
export { runApp } from './run-app.js';
