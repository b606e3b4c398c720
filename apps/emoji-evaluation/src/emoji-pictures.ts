import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { createLoader, floatsToPictures, type Picture, type PictureDataset } from '@softvq/data';
import { openDataset } from '@softvq/data/node';

/** Height and width of the pictures. */
export const imageSize = 64;

/** Pictures, and the class of each: a position in the list of classes. */
export interface LabelledPictures {
  readonly pictures: readonly Picture[];
  readonly labels: Int32Array;
}

export interface EmojiPictures {
  readonly classes: readonly string[];
  /** Changes with the names of the pictures to train on, their labels and their order. */
  readonly fingerprint: string;
  readonly training: LabelledPictures;
  readonly heldOut: LabelledPictures;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Reads all pictures of the emoji data set into memory.
 *
 * @throws ArgumentError for a folder without `train` and `held-out`, or without classes; FileFormatError for a picture
 * that cannot be read; the signal's reason once it is aborted.
 */
export async function readEmojiPictures(
  folder: string,
  { signal, onProgress }: ReadOptions,
): Promise<EmojiPictures> {
  const [train, heldOutFolder] = [join(folder, 'train'), join(folder, 'held-out')];
  for (const part of [train, heldOutFolder]) {
    if (await isFolder(part)) continue;
    throw new ArgumentError(
      `there is no folder ${part}; make the data set with: softvq data emoji ${folder} --size ${imageSize}`,
    );
  }
  const training = await openDataset(train);
  const { classes, fingerprint } = training;
  if (classes.length < 2) {
    throw new ArgumentError(`${train} has no classes: it must have a folder of pictures for each of them`);
  }
  // A class that is missing among the held-out pictures must not move the numbers of the others.
  const heldOut = await openDataset(heldOutFolder, { classes });
  const total = training.length + heldOut.length;
  const read = (dataset: PictureDataset, before: number): Promise<LabelledPictures> =>
    readAll(dataset, { signal, onProgress: (done) => onProgress(before + done, total) });
  return {
    classes,
    fingerprint,
    training: await read(training, 0),
    heldOut: await read(heldOut, training.length),
  };
}

async function readAll(
  dataset: PictureDataset,
  { signal, onProgress }: ReadOptions,
): Promise<LabelledPictures> {
  const loader = createLoader(dataset, {
    imageSize,
    batchSize: Math.min(64, dataset.length),
    shuffle: false,
    dropLast: false,
    epochs: 1,
    signal,
  });
  const pictures: Picture[] = [];
  try {
    for await (const { images } of loader) {
      pictures.push(...floatsToPictures(images.data, images.shape));
      onProgress(pictures.length, dataset.length);
    }
  } finally {
    await loader.close();
  }
  return { pictures, labels: dataset.labels };
}

/** Whether there is a folder, also behind a link. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
