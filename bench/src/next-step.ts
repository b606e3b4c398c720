import type { SampleEvent } from '@softvq/core';

/** Lets a sampler take its next step. */
export async function nextStep(sampling: AsyncGenerator<SampleEvent, void, void>): Promise<void> {
  const { done } = await sampling.next();
  if (done) throw new Error('the run has too few steps');
}
