import { ArgumentError, SoftVQError } from '@softvq/core';
import { fingerprintOf } from '../../dataset/fingerprint.js';
import { labelEntries } from '../../dataset/in-memory-dataset.js';
import type { PictureDataset, PicturePreparer } from '../../dataset/picture-dataset.js';
import { preparePictures } from '../../dataset/prepare-pictures.js';
import { reasonOf } from '../../dataset/reason-of.js';
import { readPicture } from '../picture-file.js';
import { WorkerPool } from '../workers/worker-pool.js';

/** A picture file of a data set. */
export interface PictureFileEntry {
  /** Where it is. */
  readonly path: string;
  /** What identifies it wherever the data set is moved: its path within the data set, with `/`. */
  readonly name: string;
  readonly label?: string | undefined;
}

/** @param source what messages call the data set. */
export function fileDataset(
  source: string,
  entries: readonly PictureFileEntry[],
  classNames: readonly string[] | undefined,
): PictureDataset {
  const { classes, labels } = labelEntries(source, entries, classNames);
  const paths = entries.map(({ path }) => path);
  return {
    length: entries.length,
    classes,
    labels,
    fingerprint: fingerprintOf(
      classes,
      entries.map(({ name }) => name),
      labels,
    ),
    nameOf: (index) => paths[index]!,
    open: ({ workers = 1 }) => (workers === 0 ? prepareHere(paths) : new WorkerPool(paths, workers)),
  };
}

function prepareHere(paths: readonly string[]): PicturePreparer {
  return {
    parallelism: 1,
    prepare: (task) =>
      preparePictures(
        task,
        (index) => readPicture(paths[index]!),
        (error, index) => reasonOf(error, paths[index]!),
      ),
    close: async () => undefined,
  };
}

/** The names that picture files end with. */
export function isPictureName(name: string): boolean {
  return !name.startsWith('.') && /\.(png|jpe?g|webp|avif|gif)$/i.test(name);
}

/** Runs a file operation; a failure of the system becomes an `ArgumentError` that names the path. */
export async function withPath<Result>(path: string, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (cause) {
    if (cause instanceof SoftVQError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT'
        ? 'there is no such file or folder'
        : code === 'EACCES' || code === 'EPERM'
          ? 'permission is denied'
          : message;
    throw new ArgumentError(`${path} cannot be read: ${reason}`, { cause });
  }
}
