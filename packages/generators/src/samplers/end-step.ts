import type { Tensor } from '@softvq/core';

/** What a step of a sampler came to. */
interface StepResults {
  readonly latents: Tensor;
  readonly denoised: Tensor;
}

/**
 * Ends a step: frees the latents that it began from, shows what it came to, and returns the latents to go on from.
 */
export async function* endStep(before: Tensor, { latents, denoised }: StepResults) {
  before.dispose();
  yield { latents, denoised };
  denoised.dispose();
  return latents;
}
