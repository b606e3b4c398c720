import type { SampleEvent, Tensor } from '@softvq/core';

/** All events of a call of `sample`, and what came of it. */
export async function collect(
  sampling: AsyncGenerator<SampleEvent, void, void>,
): Promise<{ events: SampleEvent[]; latents: Tensor; evaluations: number }> {
  const events: SampleEvent[] = [];
  for await (const event of sampling) events.push(event);
  const last = events.at(-1);
  if (last?.type !== 'done') throw new Error('sampling ended without a result');
  return { events, latents: last.latents, evaluations: last.evaluations };
}
