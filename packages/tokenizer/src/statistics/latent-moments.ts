import { ArgumentError, cast, evaluate, ones, type Tensor } from '@softvq/core';
import type { LatentStatistics } from '../latent-statistics.js';

/** Sums over all numbers of a batch of latents, scalars. */
export interface LatentSums {
  readonly count: Tensor;
  readonly sum: Tensor;
  /** Squares of the distances to the mean of the batch. */
  readonly squares: Tensor;
}

/** What a batch of latents, of any shape, adds to their statistics: a traced function. */
export function latentSums(latents: Tensor): LatentSums {
  // Counts and squares outgrow half precision.
  const numbers = cast(latents, 'float32');
  return {
    count: ones(numbers.shape).sum(),
    sum: numbers.sum(),
    squares: numbers.sub(numbers.mean()).square().sum(),
  };
}

/**
 * Mean and standard deviation of the latents of a data set, from one batch after the other: the `latentStatistics` of
 * a tokenizer that was trained anew. Batches are joined in double precision (Chan et al., 1979).
 *
 *     const measure = compile(({ images }: { images: Tensor }) => latentSums(tokenizer.encode(images)));
 *     const moments = new LatentMoments();
 *     for await (const images of batches) await moments.add(await measure({ images }));
 *     const finished = new SoftVQ({ ...tokenizer.options, latentStatistics: moments.statistics() });
 *     finished.loadStateDict(tokenizer.stateDict());
 */
export class LatentMoments {
  #count = 0;
  #mean = 0;
  #squares = 0;

  /** Adds the sums of a batch, of any size, which stay as they are. */
  async add(sums: LatentSums): Promise<void> {
    // Lazy tensors have their network in common: it runs once.
    await evaluate({ ...sums });
    const [added, sum, squares] = await Promise.all([
      sums.count.item(),
      sums.sum.item(),
      sums.squares.item(),
    ]);
    if (added === 0) return;
    const count = this.#count + added;
    const distance = sum / added - this.#mean;
    this.#squares += squares + (distance ** 2 * this.#count * added) / count;
    this.#mean += (distance * added) / count;
    this.#count = count;
  }

  /** How many numbers there were. */
  get count(): number {
    return this.#count;
  }

  /** @throws ArgumentError before the first batch. */
  statistics(): LatentStatistics {
    if (this.#count === 0) {
      throw new ArgumentError('latents have no statistics before the first batch: call add()');
    }
    return { mean: this.#mean, std: Math.sqrt(this.#squares / this.#count) };
  }
}
