import { ArgumentError, type SampleEvent, type SampleOptions, type Tensor } from '@softvq/core';
import { findSampler } from '../registry/samplers.js';
import { type BatchProgress, type ImageBatch, sampleBatches } from '../sampling/sample-batches.js';
import { assertCount, planSampling } from '../sampling/sample-plan.js';
import { leaseCompiled } from './lease-compiled.js';
import type { MAR } from './mar.js';
import { maskedCounts } from './masking.js';
import { TokenLoop } from './token-loop.js';

/** Steps that are taken when nobody says how many, if there are as many tokens. */
const usualSteps = 64;
const defaultSampler = 'ddpm';

/** The `sample` method of `MAR`. */
export function sampleTokens(
  mar: MAR,
  options: SampleOptions<'diffusion'>,
): AsyncGenerator<SampleEvent, void, void> {
  const sampler = findSampler(options.sampler ?? defaultSampler, 'diffusion');
  const { tokens } = mar.layout;
  const steps = options.steps ?? Math.min(tokens, usualSteps);
  assertCount('the number of steps', steps);
  if (steps > tokens) {
    throw new ArgumentError(
      `sample: ${steps} steps are too many: each fills in at least one token, and an image has ${tokens}`,
    );
  }
  const headSteps = typeof options.sampler === 'object' ? sampler.defaultSteps : mar.headSteps;
  // Steps that are chosen by what is met must not depend on the other images of a batch.
  const plan = planSampling(sampler.adaptive ? { ...options, batchSize: 1 } : options, {
    generator: mar,
    fillsTokens: true,
  });
  assertGuides(mar, plan.guidance.model as MAR | undefined);
  const run = async function* (batch: ImageBatch): AsyncGenerator<BatchProgress, Tensor, void> {
    const compiled = await leaseCompiled(mar, sampler, plan);
    try {
      const loop = new TokenLoop(mar, { batch, plan, sampler, headSteps, compiled, signal: options.signal });
      let finished: Tensor | undefined;
      try {
        let evaluations = 0;
        for (const masked of maskedCounts(tokens, steps)) {
          await loop.step(masked);
          evaluations += 1;
          yield { evaluations, estimate: loop.latents };
        }
        finished = loop.latents;
        return finished;
      } finally {
        loop.dispose(finished);
      }
    } finally {
      await compiled.release();
    }
  };
  return sampleBatches(plan, options, { steps, run });
}

/** What all generators ask of another model to be guided away from has been checked. */
function assertGuides(mar: MAR, other: MAR | undefined): void {
  if (other === undefined || other.patchSize === mar.patchSize) return;
  throw new ArgumentError(
    `guidance: the other model cuts latents into patches of ${other.patchSize} and must into patches of ${mar.patchSize}`,
  );
}
