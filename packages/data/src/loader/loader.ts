import type { HostTensor } from '@softvq/core';

/**
 * An endless, or bounded, sequence of batches that are made ahead of time. It has one position: several iterations
 * continue where the last one stopped.
 *
 * What a batch holds depends on nothing but the data set, the options and its place (epoch, batch): not on timing, on
 * the number of workers, or on where the loader was started.
 */
export interface Loader<Batch> extends AsyncIterable<Batch> {
  readonly batchesPerEpoch: number;
  /** Where the next batch stands; plain JSON. A loader made with it as `resume` goes on with that batch. */
  state(): LoaderState;
  /** Ends the workers. Iterating afterwards is an error. */
  close(): Promise<void>;
}

/** The place of the next batch, and what has to be the same for it to mean the same. */
export interface LoaderState {
  /** From 0. */
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly batch: number;
  readonly seed: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  /** Of the data set. */
  readonly fingerprint: string;
}

/** What all batches tell. */
export interface BatchInfo {
  /** int32 `[batch]`: positions in the data set's `classes`; all 0 without classes. */
  readonly labels: HostTensor<'int32'>;
  /** Which entries of the data set these are. */
  readonly indices: Int32Array;
  /** From 0. */
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly batch: number;
}

/** A batch of pictures as a model takes them. */
export interface PictureBatch extends BatchInfo {
  /** float32 `[batch, 3, imageSize, imageSize]` in [-1, 1]. */
  readonly images: HostTensor<'float32'>;
}

/** A batch of latents as the tokenizer gave them, not normalised. */
export interface LatentBatch extends BatchInfo {
  /** float32 `[batch, …latentShape]`. */
  readonly latents: HostTensor<'float32'>;
}

export interface LoaderOptions {
  /** Entries in a batch, from 1. */
  readonly batchSize: number;
  /** Of the order, the crops and the flips: a whole number from 0. Default 0. */
  readonly seed?: number | undefined;
  /** Another order in every epoch, rather than the data set's. Default true. */
  readonly shuffle?: boolean | undefined;
  /**
   * Every batch has exactly `batchSize` entries: what is left at the end of an epoch is left out. Default true. With
   * false the last batch of an epoch may be smaller.
   */
  readonly dropLast?: boolean | undefined;
  /** Mirrors half of the entries, chosen by seed, epoch and entry. Default false. */
  readonly flip?: boolean | undefined;
  /** After how many epochs the loader ends, counted from epoch 0. Default: never. */
  readonly epochs?: number | undefined;
  /** How many batches are made ahead, from 1. Default: one more than there are workers. */
  readonly prefetch?: number | undefined;
  /** Where to go on: what `state()` of an earlier loader gave. */
  readonly resume?: LoaderState | undefined;
  /** Aborting makes the iteration throw the signal's reason and ends the workers. */
  readonly signal?: AbortSignal | undefined;
}

export interface PictureLoaderOptions extends LoaderOptions {
  /** Pixels on each side of the pictures in a batch. */
  readonly imageSize: number;
  /** How pictures are brought to `imageSize`: see `centerCrop` and `randomCrop`. Default `center`. */
  readonly crop?: 'center' | 'random' | undefined;
  /**
   * Threads that decode and crop. 0 does it in this thread, which is all a browser has. Default: 1 for files in
   * Node, else 0.
   */
  readonly workers?: number | undefined;
  /**
   * Bytes of decoded pictures to keep, so that later epochs decode nothing. Default 2³⁰. With `center` they are kept
   * cropped. Pictures beyond the limit are decoded each time.
   */
  readonly memoryLimit?: number | undefined;
  /**
   * What to do about a picture that cannot be read. By default the iteration throws an error that names it. A
   * function is told about each such picture once; another one, drawn by seed and place, then stands in for it, or
   * with `dropLast: false` the batch is smaller.
   */
  readonly onBroken?: 'throw' | ((broken: BrokenPicture) => void) | undefined;
}

/** A picture that cannot be read. */
export interface BrokenPicture {
  readonly index: number;
  /** What the data set calls it: the path of a file. */
  readonly name: string;
  /** Names it too. */
  readonly error: Error;
}
