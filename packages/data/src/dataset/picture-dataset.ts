import type { Picture } from '../picture/picture.js';
import type { CropDraws } from '../preprocessing/crop.js';

/** Pictures that can be loaded in any order, with labels. */
export interface PictureDataset {
  readonly length: number;
  /** The names of the classes; empty when the pictures are not labelled. */
  readonly classes: readonly string[];
  /** The class of each picture, a position in `classes`; all 0 without classes. */
  readonly labels: Int32Array;
  /** Tells data sets apart: changes with the names, the labels and their order. */
  readonly fingerprint: string;
  /** What messages call a picture: the path of a file. */
  nameOf(index: number): string;
  /** Starts what reads the pictures. `workers` is undefined for the data set's own default. */
  open(options: { readonly workers: number | undefined }): PicturePreparer;
}

/** Reads pictures and makes them ready for a batch. */
export interface PicturePreparer {
  /** How many tasks it can work on at once. */
  readonly parallelism: number;
  /** A picture that fails is told in `failures`; anything else that goes wrong rejects. Several may run at once. */
  prepare(task: PreparationTask): Promise<PreparedPictures>;
  close(): Promise<void>;
}

export interface PreparationTask {
  readonly imageSize: number;
  readonly crop: 'center' | 'random';
  readonly slots: readonly PreparationSlot[];
}

export interface PreparationSlot {
  readonly index: number;
  /** The picture if it was kept from an earlier task: nothing has to be read then. */
  readonly kept: Picture | undefined;
  readonly mirrored: boolean;
  /** Decide the random crop. */
  readonly draws: CropDraws;
  /** Whether to hand the picture back for keeping. */
  readonly keep: boolean;
}

export interface PreparedPictures {
  /** Planes of red, green and blue in [-1, 1] for each slot: `[slots, 3, imageSize, imageSize]`. */
  readonly data: Float32Array;
  /** Why a slot has no picture; its numbers mean nothing. */
  readonly failures: ReadonlyMap<number, string>;
  /** Pictures to give to later tasks, by slot. */
  readonly kept: ReadonlyMap<number, Picture>;
}
