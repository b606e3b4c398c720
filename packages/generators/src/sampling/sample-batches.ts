import { fromHost, type RandomSource, type SampleEvent, type SampleOptions, type Tensor } from '@softvq/core';
import { mapProgress } from './map-progress.js';
import { randomSources } from './noise.js';
import type { SamplePlan } from './sample-plan.js';

/** Images that are computed together. */
export interface ImageBatch {
  readonly labels: readonly (number | null)[];
  /** Where the random numbers of each come from. */
  readonly sources: readonly RandomSource[];
}

/** After each step of a batch. */
export interface BatchProgress {
  /** Of the network, in this batch so far. */
  readonly evaluations: number;
  /** The images as they would be now (batch, …latentShape); valid until the next step. */
  readonly estimate: Tensor;
}

/** Steps of each batch, or undefined when nobody can know. */
export interface BatchRun {
  readonly steps: number | undefined;
  /** Yields after each step and returns the latents; frees everything else. */
  readonly run: (batch: ImageBatch) => AsyncGenerator<BatchProgress, Tensor, void>;
}

/**
 * The events of a whole call of `sample`, batch after batch: what all generators share, whatever their loops are.
 */
export async function* sampleBatches(
  plan: SamplePlan,
  options: Pick<SampleOptions, 'seed' | 'random' | 'previews' | 'signal'>,
  { steps, run }: BatchRun,
): AsyncGenerator<SampleEvent, void, void> {
  const { labels, firstIndex, batchSize } = plan;
  const batches = Math.ceil(labels.length / batchSize);
  const finished: Tensor[] = [];
  let handedOver = false;
  let total = 0;
  try {
    options.signal?.throwIfAborted();
    yield { type: 'start', images: labels.length, batches, steps };
    for (let batch = 0; batch < batches; batch++) {
      const first = batch * batchSize;
      const own = labels.slice(first, first + batchSize);
      const sources = randomSources({ ...options, firstIndex: firstIndex + first }, own.length);
      let step = 0;
      let evaluations = 0;
      const latents = yield* mapProgress(run({ labels: own, sources }), async (progress) => {
        step += 1;
        evaluations = progress.evaluations;
        const event = { type: 'step', batch, step, steps, evaluations } as const;
        return options.previews ? { ...event, preview: await copyOf(progress.estimate) } : event;
      });
      finished.push(latents);
      total += evaluations;
    }
    const latents = await joined(finished);
    handedOver = true;
    yield { type: 'done', latents, evaluations: total };
  } finally {
    if (!handedOver) for (const each of finished) each.dispose();
  }
}

/** Of its own memory: the receiver disposes it whenever it likes. */
async function copyOf(tensor: Tensor): Promise<Tensor> {
  const { dtype, shape, data } = await tensor.host();
  return fromHost({ dtype, shape, data: data.slice() });
}

/** Batches as one tensor; those of several batches are disposed. */
async function joined(batches: readonly Tensor[]): Promise<Tensor> {
  if (batches.length === 1) return batches[0]!;
  const parts = await Promise.all(batches.map((each) => each.host()));
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data as Float32Array, offset);
    offset += part.data.length;
  }
  const images = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  for (const each of batches) each.dispose();
  return fromHost({ dtype: 'float32', shape: [images, ...parts[0]!.shape.slice(1)], data });
}
