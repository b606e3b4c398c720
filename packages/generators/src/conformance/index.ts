export type { CheckResult, KitOptions } from './check.js';
export { describeGenerator, runGeneratorChecks } from './describe-generator.js';
export { describeSampler, runSamplerChecks, type SamplerConformanceOptions } from './describe-sampler.js';
export { GaussianGenerator, type GaussianOptions } from './gaussian-generator.js';
export type { CreateGenerator, GeneratorConformanceOptions, WithoutGradient } from './generator-options.js';
