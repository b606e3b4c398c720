export { Compilations, type Compiled, type Lease, type Wanted } from './compilations.js';
export { CompiledStep } from './compiled-step.js';
export { drawNormal, randomSources } from './noise.js';
export { type RunProgress, runSampler, type SamplerRun } from './run-sampler.js';
export { type BatchProgress, type BatchRun, type ImageBatch, sampleBatches } from './sample-batches.js';
export { type LatentGenerator, sampleLatents, samplerSteps } from './sample-latents.js';
export { assertCount, planSampling, type SamplePlan } from './sample-plan.js';
