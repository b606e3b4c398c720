import { ArgumentError } from '@softvq/core';
import type { PictureDataset } from '../dataset/picture-dataset.js';
import { BatchLoader } from './batch-loader.js';
import type { Loader, PictureBatch, PictureLoaderOptions } from './loader.js';
import { PictureBatchSource } from './picture-batch-source.js';

/**
 * Batches of pictures for training, in a new order every epoch, made ahead of time so that nobody waits for them.
 *
 *     const loader = createLoader(await openDataset('pictures'), { batchSize: 64, imageSize: 256, flip: true });
 *     for await (const { images, labels } of loader) await step(fromHost(images), fromHost(labels));
 *
 * @throws ArgumentError for an option out of its range, a data set smaller than one batch (unless `dropLast` is
 * false), or a `resume` that belongs to other data or another order. Iterating throws FileFormatError for a picture
 * that cannot be read (unless `onBroken` takes care of it), and the signal's reason once it is aborted.
 */
export function createLoader(dataset: PictureDataset, options: PictureLoaderOptions): Loader<PictureBatch> {
  const { imageSize, crop = 'center', workers, memoryLimit = 2 ** 30, signal } = options;
  if (!Number.isInteger(imageSize) || imageSize < 1) {
    throw new ArgumentError(
      `createLoader: imageSize is ${imageSize}; it must be a whole number of pixels from 1`,
    );
  }
  if (crop !== 'center' && crop !== 'random') {
    throw new ArgumentError(`createLoader: crop is ${JSON.stringify(crop)}; it must be 'center' or 'random'`);
  }
  if (workers !== undefined && (!Number.isInteger(workers) || workers < 0)) {
    throw new ArgumentError(`createLoader: workers is ${workers}; it must be a whole number from 0`);
  }
  if (!(memoryLimit >= 0)) {
    throw new ArgumentError(
      `createLoader: memoryLimit is ${memoryLimit}; it must be a number of bytes from 0`,
    );
  }
  signal?.throwIfAborted();
  const source = new PictureBatchSource(dataset, {
    imageSize,
    crop,
    workers,
    memoryLimit,
    flip: options.flip ?? false,
    fixedSize: options.dropLast ?? true,
    onBroken: options.onBroken ?? 'throw',
  });
  return new BatchLoader(source, options);
}
