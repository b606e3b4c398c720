import { ArgumentError } from '@softvq/core';
import { checkPicture, type Picture } from '../picture/picture.js';
import { fingerprintOf } from './fingerprint.js';
import type { PictureDataset } from './picture-dataset.js';
import { preparePictures } from './prepare-pictures.js';
import { reasonOf } from './reason-of.js';

/** A picture, or how to get it. */
export interface PictureEntry {
  /** What messages call it. */
  readonly name: string;
  /** One of the classes; left out when there are none. */
  readonly label?: string | undefined;
  /** The picture itself, or a function that decodes it, such as one that reads a `Blob` in a browser. */
  readonly picture: Picture | (() => Promise<Picture>);
}

/**
 * A data set of pictures that are in memory or decoded on demand in this thread: the one that a browser can use.
 *
 * @param options.classes names of the classes in the order of their labels. Default: the labels that occur, sorted.
 * @throws ArgumentError without entries, for a label that is not a class, for labels on some entries only, and for a
 * picture whose bytes do not fit its size
 */
export function pictureDataset(
  entries: readonly PictureEntry[],
  options: { readonly classes?: readonly string[] | undefined } = {},
): PictureDataset {
  for (const { name, picture } of entries) {
    if (typeof picture !== 'function') checkPicture(picture, `pictureDataset: ${name}`);
  }
  const { classes, labels } = labelEntries('pictureDataset', entries, options.classes);
  const decode = async (index: number): Promise<Picture> => {
    const { picture } = entries[index]!;
    return typeof picture === 'function' ? picture() : picture;
  };
  const nameOf = (index: number) => entries[index]!.name;
  return {
    length: entries.length,
    classes,
    labels,
    fingerprint: fingerprintOf(
      classes,
      entries.map(({ name }) => name),
      labels,
    ),
    nameOf,
    open({ workers = 0 }) {
      if (workers !== 0) {
        throw new ArgumentError(
          `workers is ${workers}, but a data set in memory is prepared in this thread; leave workers out or at 0`,
        );
      }
      return {
        parallelism: 1,
        prepare: (task) => preparePictures(task, decode, (error, index) => reasonOf(error, nameOf(index))),
        close: async () => undefined,
      };
    },
  };
}

/** Numbers the labels. */
export function labelEntries(
  caller: string,
  entries: readonly { readonly name: string; readonly label?: string | undefined }[],
  given: readonly string[] | undefined,
): { classes: readonly string[]; labels: Int32Array } {
  if (entries.length === 0) throw new ArgumentError(`${caller}: there is not a single picture`);
  const labelled = entries.find(({ label }) => label !== undefined);
  const unlabelled = entries.find(({ label }) => label === undefined);
  if (labelled !== undefined && unlabelled !== undefined) {
    throw new ArgumentError(
      `${caller}: ${labelled.name} has a label and ${unlabelled.name} has none; label all pictures or none`,
    );
  }
  const classes =
    given ?? [...new Set(entries.flatMap(({ label }) => (label === undefined ? [] : [label])))].sort();
  const numberOf = new Map(classes.map((name, number) => [name, number]));
  if (numberOf.size !== classes.length) {
    throw new ArgumentError(`${caller}: a class is listed twice among ${classes.join(', ')}`);
  }
  const labels = Int32Array.from(entries, ({ name, label }) => {
    if (label === undefined) return 0;
    const number = numberOf.get(label);
    if (number !== undefined) return number;
    throw new ArgumentError(
      `${caller}: ${name} is labelled ${JSON.stringify(label)}, which is none of the classes ${classes.join(', ')}`,
    );
  });
  return { classes: labelled === undefined ? [] : classes, labels };
}
