import { createLoader, type Loader, type PictureBatch, type PictureDataset } from '@softvq/data';

export interface EveryPictureOptions {
  readonly imageSize: number;
  /** At most so many pictures in a batch. */
  readonly batchSize: number;
  readonly workers: number;
  /** What to do about a picture that cannot be read. */
  readonly broken: 'throw' | 'skip';
  readonly signal: AbortSignal | undefined;
}

/** All pictures of a data set in their order, to measure something over them. */
export function everyPictureOnce(
  dataset: PictureDataset,
  { batchSize, broken, ...options }: EveryPictureOptions,
): Loader<PictureBatch> {
  return createLoader(dataset, {
    ...options,
    batchSize: Math.min(batchSize, dataset.length),
    shuffle: false,
    dropLast: false,
    epochs: 1,
    onBroken: broken === 'throw' ? 'throw' : () => undefined,
  });
}
