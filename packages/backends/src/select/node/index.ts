export type { BackendDescription } from '../describe.js';
export { formatBackends } from '../format-backends.js';
export type { BackendName, BackendOptions } from '../names.js';
export type { BackendPreferences, BackendSelection, RefusedBackend } from '../select.js';
export { describeBackends, selectBackend } from './select-backend.js';
