import { ArgumentError, float16ToFloat32 } from '@softvq/core';
import { BatchLoader, type BatchPlace, type BatchSource } from '../../loader/batch-loader.js';
import type { LatentBatch, Loader, LoaderOptions } from '../../loader/loader.js';
import type { LatentCache } from './open-latent-cache.js';

export interface LatentLoaderOptions extends LoaderOptions {
  /** Latents of at most so many bytes are read into memory at once; beyond, each is read when it is due. Default 2³⁰. */
  readonly memoryLimit?: number | undefined;
}

/**
 * Batches of latents for training a generator, as `createLoader` makes batches of pictures: with `flip`, half of the
 * entries are the latents of mirror images.
 *
 * @throws ArgumentError for an option out of its range, a cache smaller than one batch (unless `dropLast` is false),
 * `flip` for a cache without mirror images, or a `resume` that belongs to other latents or another order
 */
export function createLatentLoader(cache: LatentCache, options: LatentLoaderOptions): Loader<LatentBatch> {
  const { flip = false, memoryLimit = 2 ** 30, signal } = options;
  if (flip && !cache.flips) {
    throw new ArgumentError(
      `createLatentLoader: ${cache.folder} was made without mirror images; leave flip out`,
    );
  }
  if (!(memoryLimit >= 0)) {
    throw new ArgumentError(
      `createLatentLoader: memoryLimit is ${memoryLimit}; it must be a number of bytes from 0`,
    );
  }
  signal?.throwIfAborted();
  return new BatchLoader(new LatentBatchSource(cache, flip, memoryLimit), options);
}

class LatentBatchSource implements BatchSource<LatentBatch> {
  readonly length: number;
  readonly fingerprint: string;
  readonly parallelism = 1;
  readonly #cache: LatentCache;
  readonly #flip: boolean;
  readonly #inMemory: boolean;
  #all: Promise<Float32Array | Uint16Array> | undefined;

  constructor(cache: LatentCache, flip: boolean, memoryLimit: number) {
    const { entries, flips, latentShape, dtype, dataset, tokenizer } = cache;
    this.length = entries;
    this.fingerprint = `${dataset} ${tokenizer}`;
    this.#cache = cache;
    this.#flip = flip;
    const bytes = latentShape.reduce((product, size) => product * size, dtype === 'float16' ? 2 : 4);
    this.#inMemory = bytes * entries * (flips ? 2 : 1) <= memoryLimit;
  }

  async make({ epoch, batch, entries, plan }: BatchPlace): Promise<LatentBatch> {
    const { latentShape, labels, indices } = this.#cache;
    const length = latentShape.reduce((product, size) => product * size, 1);
    const data = new Float32Array(entries.length * length);
    const reads = Array.from(entries, async (entry, position) => {
      const mirrored = this.#flip && plan.draws(epoch, entry).mirrored;
      data.set(await this.#read(entry, mirrored, length), position * length);
    });
    await Promise.all(reads);
    return {
      latents: { dtype: 'float32', shape: [entries.length, ...latentShape], data },
      labels: { dtype: 'int32', shape: [entries.length], data: entries.map((entry) => labels[entry]!) },
      indices: entries.map((entry) => indices[entry]!),
      epoch,
      batch,
    };
  }

  async close(): Promise<void> {
    this.#all = undefined;
  }

  async #read(entry: number, mirrored: boolean, length: number): Promise<Float32Array> {
    if (!this.#inMemory) return this.#cache.read(entry, mirrored);
    this.#all ??= this.#cache.readAll();
    const all = await this.#all;
    const start = (entry * (this.#cache.flips ? 2 : 1) + (mirrored ? 1 : 0)) * length;
    const latents = all.subarray(start, start + length);
    return latents instanceof Float32Array ? latents : float16ToFloat32(latents);
  }
}
