import { RandomStream } from '@softvq/core/random';
import type { CropDraws } from '../preprocessing/crop.js';

/** What is drawn for one entry in one epoch. */
export interface EntryDraws {
  /** Whether left and right are exchanged, in half of the draws. */
  readonly mirrored: boolean;
  readonly crop: CropDraws;
}

/** How many stand-ins are tried for a broken entry. */
const mostReplacements = 64;

/** Orders and draws as functions of (seed, epoch, entry), so that nothing has to be replayed to resume. */
export class EpochPlan {
  readonly #length: number;
  readonly #seed: number;
  readonly #shuffle: boolean;
  /** The orders of the epochs in use: around a boundary there are two. */
  readonly #orders = new Map<number, Int32Array>();

  constructor(length: number, seed: number, shuffle: boolean) {
    this.#length = length;
    this.#seed = seed;
    this.#shuffle = shuffle;
  }

  /** The entry at each place of an epoch. */
  order(epoch: number): Int32Array {
    const known = this.#orders.get(epoch);
    if (known !== undefined) return known;
    const order = this.#shuffle
      ? this.#stream('order', epoch).permutation(this.#length)
      : Int32Array.from({ length: this.#length }, (_, index) => index);
    for (const other of this.#orders.keys()) if (other < epoch - 1) this.#orders.delete(other);
    this.#orders.set(epoch, order);
    return order;
  }

  draws(epoch: number, entry: number): EntryDraws {
    const stream = this.#stream('augmentation', epoch);
    stream.position = entry * 4;
    const [flip, scale, left, top] = stream.uniform(4) as unknown as [number, number, number, number];
    return { mirrored: flip < 0.5, crop: { scale, left, top } };
  }

  /** Entries to stand in for the one at a place of an epoch, first choice first. */
  replacements(epoch: number, place: number): Int32Array {
    const stream = this.#stream('replacement', epoch);
    stream.position = place * mostReplacements;
    return stream.integers(mostReplacements, { high: this.#length });
  }

  #stream(use: string, epoch: number): RandomStream {
    return new RandomStream({ seed: this.#seed, name: `data/${use}`, index: epoch });
  }
}
