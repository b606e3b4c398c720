import {
  ArgumentError,
  arange,
  formatShape,
  lessEqual,
  resize,
  ShapeError,
  type Tensor,
  take,
  where,
} from '@softvq/core';
import { dinoImageSize } from './dino-features.js';
import { integersFrom, type RandomSource, uniformFrom } from './random-source.js';

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
 * The random numbers of one call of `toDinoSize`: of a traced source inside a compiled training step, or of a stream,
 * in host memory, as arguments of one. Real and fake images have draws of their own.
 *
 * @param height more than 224, as `width`. @throws ArgumentError for a size that cannot be cropped.
 */
export function drawDinoCrop(random: RandomSource, height: number, width: number): DinoCrop {
  if (!exceeds(height, width)) {
    throw new ArgumentError(
      `drawDinoCrop: images of ${height} by ${width} pixels are not larger than the ${dinoImageSize} of a crop`,
    );
  }
  const first = (axis: string, side: number): Tensor =>
    integersFrom(random.child(axis), [], { low: 0, high: side - dinoImageSize + 1 });
  return {
    gate: uniformFrom(random.child('gate'), []),
    row: first('row', height),
    column: first('column', width),
  };
}

function exceeds(height: number, width: number): boolean {
  return height > dinoImageSize && width > dinoImageSize;
}

/**
 * Images (batch, 3, height, width) of static size to (batch, 3, 224, 224): larger ones by averaging areas, smaller
 * ones by bicubic interpolation. When both sides are larger and there are random numbers, half of the time a crop is
 * taken instead, so that the discriminator also sees pixels as they are.
 *
 * @param crop of `drawDinoCrop`, or a function that draws one for a size that can be cropped.
 * @throws ShapeError when the size is unknown.
 */
export function toDinoSize(
  images: Tensor,
  crop?: DinoCrop | ((height: number, width: number) => DinoCrop),
): Tensor {
  const [, , height, width] = images.shape;
  if (images.rank !== 4 || typeof height !== 'number' || typeof width !== 'number') {
    throw new ShapeError(
      `the discriminator takes (batch, 3, height, width) of static size, not ${formatShape(images.shape)}`,
    );
  }
  if (height === dinoImageSize && width === dinoImageSize) return images;
  const method = height > dinoImageSize ? 'area' : 'bicubic';
  const resized = resize(images, [dinoImageSize, dinoImageSize], { method });
  if (crop === undefined || !exceeds(height, width)) return resized;
  const { gate, row, column } = typeof crop === 'function' ? crop(height, width) : crop;
  const offsets = arange(dinoImageSize, { dtype: 'int32' });
  const cropped = take(take(images, offsets.add(row), 2), offsets.add(column), 3);
  return where(lessEqual(gate, 0.5), cropped, resized);
}
