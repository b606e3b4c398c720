export type { Check, Workbench } from './check.js';
export { describeBackend } from './describe-backend.js';
export type { ConformanceOptions, Gap } from './options.js';
export { type CheckResult, runChecks } from './run-checks.js';
