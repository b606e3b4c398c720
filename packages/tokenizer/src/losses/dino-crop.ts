import {
  arange,
  formatShape,
  lessEqual,
  resize,
  ShapeError,
  type Tensor,
  take,
  tensor,
  where,
} from '@softvq/core';
import type { RandomStream } from '@softvq/core/random';
import { dinoImageSize } from './dino-features.js';

/** The random numbers with which a batch of large images is made small. */
export interface DinoCrop {
  /** Scalar, uniform in [0, 1): up to ½ the images are cropped, above they are resized. */
  readonly gate: Tensor;
  /** Scalar, int32: the first row of the crop of all images, from 0 to height − 224. */
  readonly row: Tensor;
  /** Scalar, int32: the first column, from 0 to width − 224. */
  readonly column: Tensor;
}

/**
 * The random numbers of one call of `toDinoSize`, in host memory: arguments of a compiled training step. Real and fake
 * images have draws of their own.
 *
 * @param height more than 224, as `width`. @throws ArgumentError for a size that cannot be cropped.
 */
export function drawDinoCrop(random: RandomStream, height: number, width: number): DinoCrop {
  const first = (axis: string, side: number): Tensor =>
    tensor(random.child(axis).integers(1, { high: side - dinoImageSize + 1 }), { shape: [] });
  return {
    gate: tensor(random.child('gate').uniform(1), { shape: [] }),
    row: first('row', height),
    column: first('column', width),
  };
}

/**
 * Images (batch, 3, height, width) of static size to (batch, 3, 224, 224): larger ones by averaging areas, smaller
 * ones by bicubic interpolation. When both sides are larger and there is a crop, half of the time it is taken instead,
 * so that the discriminator also sees pixels as they are.
 *
 * @throws ShapeError when the size is unknown.
 */
export function toDinoSize(images: Tensor, crop?: DinoCrop): Tensor {
  const [, , height, width] = images.shape;
  if (images.rank !== 4 || typeof height !== 'number' || typeof width !== 'number') {
    throw new ShapeError(
      `the discriminator takes (batch, 3, height, width) of static size, not ${formatShape(images.shape)}`,
    );
  }
  if (height === dinoImageSize && width === dinoImageSize) return images;
  const method = height > dinoImageSize ? 'area' : 'bicubic';
  const resized = resize(images, [dinoImageSize, dinoImageSize], { method });
  if (crop === undefined || height <= dinoImageSize || width <= dinoImageSize) return resized;
  const offsets = arange(dinoImageSize, { dtype: 'int32' });
  const cropped = take(take(images, offsets.add(crop.row), 2), offsets.add(crop.column), 3);
  return where(lessEqual(crop.gate, 0.5), cropped, resized);
}
