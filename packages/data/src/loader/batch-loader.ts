import { ArgumentError, DisposedError } from '@softvq/core';
import { EpochPlan } from './epoch-plan.js';
import type { Loader, LoaderOptions, LoaderState } from './loader.js';

/** What makes the batches of a loader. */
export interface BatchSource<Batch> {
  /** Of the data set. */
  readonly length: number;
  readonly fingerprint: string;
  /** How many batches it can work on at once. */
  readonly parallelism: number;
  /** Undefined for a batch without a single readable entry, which is left out. */
  make(place: BatchPlace): Promise<Batch | undefined>;
  close(): Promise<void>;
}

export interface BatchPlace {
  readonly epoch: number;
  readonly batch: number;
  /** The entries, in order. */
  readonly entries: Int32Array;
  /** The place of the first entry in the epoch's order. */
  readonly start: number;
  readonly plan: EpochPlan;
}

/** The loader of a source: decides what is in each batch and has a few of them made ahead. */
export class BatchLoader<Batch> implements Loader<Batch> {
  readonly batchesPerEpoch: number;
  readonly #source: BatchSource<Batch>;
  readonly #identity: Omit<LoaderState, 'epoch' | 'batch'>;
  readonly #plan: EpochPlan;
  readonly #epochs: number;
  readonly #prefetch: number;
  readonly #signal: AbortSignal | undefined;
  /** The number of the next batch, counted from epoch 0. */
  #next: number;
  /** Batches from `#next` on, in the making or made. */
  readonly #ahead: Promise<Batch | undefined>[] = [];
  #lastTaken: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  readonly #onAbort = (): void => void this.close();

  constructor(source: BatchSource<Batch>, options: LoaderOptions) {
    const {
      batchSize,
      seed = 0,
      shuffle = true,
      dropLast = true,
      epochs = Number.POSITIVE_INFINITY,
    } = options;
    checkWhole('batchSize', batchSize, 1);
    checkWhole('seed', seed, 0);
    if (epochs !== Number.POSITIVE_INFINITY) checkWhole('epochs', epochs, 0);
    const { length, fingerprint } = source;
    if (dropLast && length < batchSize) {
      throw new ArgumentError(
        `createLoader: ${length} entries do not fill a batch of ${batchSize}; make batchSize smaller or dropLast false`,
      );
    }
    this.#source = source;
    this.#identity = { seed, batchSize, shuffle, fingerprint };
    this.#plan = new EpochPlan(length, seed, shuffle);
    this.#epochs = epochs;
    this.#prefetch = options.prefetch ?? source.parallelism + 1;
    checkWhole('prefetch', this.#prefetch, 1);
    this.#signal = options.signal;
    this.batchesPerEpoch = dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
    this.#next = options.resume === undefined ? 0 : this.#numberOf(options.resume);
    this.#signal?.addEventListener('abort', this.#onAbort);
  }

  state(): LoaderState {
    const batch = this.#next % this.batchesPerEpoch;
    return { epoch: (this.#next - batch) / this.batchesPerEpoch, batch, ...this.#identity };
  }

  close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#closing ??= this.#source.close();
    return this.#closing;
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch, undefined> {
    return {
      next: async () => {
        // Who asks before the last answer is there waits for it: batches go out in order.
        const taken = this.#lastTaken.then(() => this.#take());
        this.#lastTaken = taken.catch(() => undefined);
        const batch = await taken;
        return batch === undefined ? { done: true, value: undefined } : { done: false, value: batch };
      },
    };
  }

  /** The next batch, or undefined after the last one. The position moves on only when a batch is there. */
  async #take(): Promise<Batch | undefined> {
    while (true) {
      this.#signal?.throwIfAborted();
      if (this.#closing !== undefined) throw new DisposedError('the loader is closed; make a new one');
      this.#fill();
      const first = this.#ahead[0];
      if (first === undefined) return undefined;
      let batch: Batch | undefined;
      try {
        batch = await first;
      } catch (error) {
        this.#signal?.throwIfAborted();
        // What failed may work another time, as a file on a network does.
        this.#ahead.length = 0;
        throw error;
      }
      this.#ahead.shift();
      this.#next++;
      // While the caller works on this batch, the one after the queue is made.
      this.#fill();
      if (batch !== undefined) return batch;
    }
  }

  #fill(): void {
    const end = this.#epochs * this.batchesPerEpoch;
    while (this.#ahead.length < this.#prefetch && this.#next + this.#ahead.length < end) {
      const batch = this.#make(this.#next + this.#ahead.length);
      // A failure is reported when its turn comes, and until then it is nobody's.
      batch.catch(() => undefined);
      this.#ahead.push(batch);
    }
  }

  async #make(number: number): Promise<Batch | undefined> {
    const batch = number % this.batchesPerEpoch;
    const epoch = (number - batch) / this.batchesPerEpoch;
    const start = batch * this.#identity.batchSize;
    const entries = this.#plan.order(epoch).slice(start, start + this.#identity.batchSize);
    return this.#source.make({ epoch, batch, entries, start, plan: this.#plan });
  }

  #numberOf(state: LoaderState): number {
    for (const key of ['seed', 'batchSize', 'shuffle', 'fingerprint'] as const) {
      if (state[key] !== this.#identity[key]) {
        const what = key === 'fingerprint' ? 'the fingerprint of the data set' : key;
        throw new ArgumentError(
          `createLoader: cannot resume, ${what} was ${state[key]} and is ${this.#identity[key]} now`,
        );
      }
    }
    checkWhole('resume.epoch', state.epoch, 0);
    checkWhole('resume.batch', state.batch, 0);
    return state.epoch * this.batchesPerEpoch + state.batch;
  }
}

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ArgumentError(
    `createLoader: ${name} is ${value}; it must be a whole number of at least ${least}`,
  );
}
