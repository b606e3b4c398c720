import type { WebgpuBackend } from '@softvq/backends/webgpu';
import { type MemoryUsage, memory } from '@softvq/core';
import { smallGenerator } from './small-pipeline.js';

/** What is known at one moment. */
export type Moment<Counts> = ReturnType<WebgpuBackend['transfers']> & {
  readonly tensors: MemoryUsage;
} & Counts;

/** Samples an image and notes counts after each step. */
export async function stepByStep<Counts>(
  backend: WebgpuBackend,
  steps: number,
  observe: () => Counts,
): Promise<Moment<Counts>[]> {
  const generator = smallGenerator();
  const moments: Moment<Counts>[] = [];
  const options = { labels: [1], seed: 2, steps, sampler: 'euler', guidance: { scale: 1.75 }, backend };
  for await (const event of generator.sample(options)) {
    if (event.type === 'step') moments.push({ ...backend.transfers(), tensors: memory(), ...observe() });
    if (event.type === 'done') {
      const numbers = (await event.latents.data()) as Float32Array;
      if (!numbers.every(Number.isFinite)) throw new Error('sampling led to numbers that are not finite');
      event.latents.dispose();
    }
  }
  await generator.dispose();
  return moments;
}
