import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type PictureDataset, subset } from '@softvq/data';
import { openDataset } from '@softvq/data/node';

/** Pictures to train on, and others to measure on. */
export interface Splits {
  readonly training: PictureDataset;
  readonly heldOut: PictureDataset;
}

/**
 * Opens a data set in two parts: its folders `train` and `held-out` where it has both, and otherwise a share of the
 * pictures, drawn by seed. With a share of 0 the pictures of training are those of evaluation.
 *
 * @throws ArgumentError or FileFormatError as `openDataset`, and ArgumentError when a share leaves no picture on a side.
 */
export async function openSplits(
  path: string,
  { heldOut, seed }: { readonly heldOut: number; readonly seed: number },
): Promise<Splits> {
  const [train, other] = [join(path, 'train'), join(path, 'held-out')];
  if ((await isFolder(train)) && (await isFolder(other))) {
    const training = await openDataset(train);
    // A class that is missing among the held-out pictures must not move the numbers of the others.
    const { classes } = training;
    return { training, heldOut: await openDataset(other, classes.length === 0 ? {} : { classes }) };
  }
  const all = await openDataset(path);
  if (heldOut === 0) return { training: all, heldOut: all };
  const count = Math.max(1, Math.round(all.length * heldOut));
  if (count >= all.length) {
    throw new ArgumentError(
      `${path} has ${all.length} pictures: holding out ${count} of them leaves none to train on; give more, or a smaller heldOut`,
    );
  }
  const order = new RandomStream({ seed, name: 'training/held-out' }).permutation(all.length);
  return {
    training: subset(all, order.subarray(count).toSorted()),
    heldOut: subset(all, order.subarray(0, count).toSorted()),
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** At most `count` pictures of a data set, spread evenly over it. */
export function spread(dataset: PictureDataset, count: number): PictureDataset {
  if (count >= dataset.length) return dataset;
  return subset(
    dataset,
    Array.from({ length: count }, (_, i) => Math.floor((i * dataset.length) / count)),
  );
}
