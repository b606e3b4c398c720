export { describeTokenizer } from './describe-tokenizer.js';
export type { TokenizerConformanceOptions, WithoutGradient } from './options.js';
export { type CheckResult, type CreateTokenizer, runChecks } from './run-checks.js';
