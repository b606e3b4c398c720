import { fromHost, type HostTensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import type { LatentCache } from '@softvq/data/node';
import type { GeneratorObjective, GeneratorTrainingState, LoadableGenerator } from '@softvq/generators';
import type { LatentStatistics } from '@softvq/tokenizer';
import { normalized } from '../latents/normalized.js';

/**
 * The loss of held-out latents, spread evenly over at most `count` of them, with the same random numbers each time so
 * that states can be compared. Batches are whole; with fewer latents than a batch some are used again.
 */
export async function heldOutLoss(
  objective: GeneratorObjective<LoadableGenerator>,
  state: GeneratorTrainingState,
  cache: LatentCache,
  options: {
    readonly statistics: LatentStatistics;
    readonly count: number;
    readonly batchSize: number;
    readonly seed: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<number> {
  const { statistics, count, batchSize, seed, signal } = options;
  const batches = Math.max(1, Math.floor(Math.min(count, cache.entries) / batchSize));
  const measured = batches * batchSize;
  let sum = 0;
  for (let batch = 0; batch < batches; batch++) {
    signal?.throwIfAborted();
    const entries = Array.from({ length: batchSize }, (_, i) => {
      const place = batch * batchSize + i;
      return measured <= cache.entries
        ? Math.floor((place * cache.entries) / measured)
        : place % cache.entries;
    });
    const latents = fromHost(await readLatents(cache, entries, statistics));
    const labels = fromHost({
      dtype: 'int32',
      shape: [batchSize],
      data: Int32Array.from(entries, (entry) => cache.labels[entry]!),
    });
    const random = new RandomStream({ seed, name: 'training/held-out-loss', index: batch });
    sum += await objective.measure(state, { latents, labels }, { random });
    latents.dispose();
    labels.dispose();
  }
  return sum / batches;
}

async function readLatents(
  cache: LatentCache,
  entries: readonly number[],
  statistics: LatentStatistics,
): Promise<HostTensor<'float32'>> {
  const parts = await Promise.all(entries.map((entry) => cache.read(entry, false)));
  const data = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  for (const [i, part] of parts.entries()) data.set(part, i * part.length);
  return normalized({ dtype: 'float32', shape: [entries.length, ...cache.latentShape], data }, statistics);
}
