import { ArgumentError } from '@softvq/core';
import { checkPicture, type Picture } from '../picture/picture.js';
import { resample } from './resample.js';
import { bicubic, box } from './resample-filter.js';

/** Numbers in [0, 1) that decide a random crop. */
export interface CropDraws {
  /** Which side length the picture is brought to. */
  readonly scale: number;
  /** Where the square lies. */
  readonly left: number;
  readonly top: number;
}

/** The least share of the shorter side that a random crop shows. */
const leastShare = 0.8;

/**
 * The square in the middle of a picture, as guided diffusion (ADM) and its successors prepare ImageNet: halved by
 * a box filter while the shorter side is at least twice `size`, brought to `size` by a bicubic filter, and cut in
 * the middle. Exact to the byte with Pillow. A picture of `size` × `size` is returned as it is.
 *
 * @param size pixels on each side of the result, from 1.
 * @throws ArgumentError for a size that is not a whole number from 1, or a picture whose bytes do not fit its size
 */
export function centerCrop(picture: Picture, size: number): Picture {
  checkCrop('centerCrop', picture, size);
  if (picture.width === size && picture.height === size) return picture;
  return cropSquare(picture, size, size, (extra) => Math.floor(extra / 2));
}

/**
 * A random square of a picture: its shorter side is brought to a length drawn from `size` to `⌈size / 0.8⌉`, by the
 * filters of `centerCrop`, and a square of `size` is cut from it anywhere.
 *
 * @param draws decide the crop: the same numbers give the same bytes.
 * @throws ArgumentError as `centerCrop`, and for draws outside [0, 1)
 */
export function randomCrop(picture: Picture, size: number, draws: CropDraws): Picture {
  checkCrop('randomCrop', picture, size);
  for (const [name, draw] of Object.entries(draws) as [string, number][]) {
    if (!(draw >= 0 && draw < 1))
      throw new ArgumentError(`randomCrop: ${name} is ${draw}; it must be in [0, 1)`);
  }
  const largest = Math.ceil(size / leastShare);
  const side = size + Math.floor(draws.scale * (largest - size + 1));
  return cropSquare(picture, size, side, (extra, axis) => Math.floor(draws[axis] * (extra + 1)));
}

/** @param side what the shorter side is brought to. @param place an offset from how much is too much. */
function cropSquare(
  picture: Picture,
  size: number,
  side: number,
  place: (extra: number, axis: 'left' | 'top') => number,
): Picture {
  let source = picture;
  while (Math.min(source.width, source.height) >= 2 * side) {
    source = resample(source, Math.floor(source.width / 2), Math.floor(source.height / 2), box);
  }
  const scale = side / Math.min(source.width, source.height);
  const width = roundHalfToEven(source.width * scale);
  const height = roundHalfToEven(source.height * scale);
  const left = place(width - size, 'left');
  const top = place(height - size, 'top');
  return resample(source, width, height, bicubic, { left, top, width: size, height: size });
}

/** As Python rounds. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

function checkCrop(caller: string, picture: Picture, size: number): void {
  if (!Number.isInteger(size) || size < 1) {
    throw new ArgumentError(`${caller}: size is ${size}; it must be a whole number of pixels from 1`);
  }
  checkPicture(picture, `${caller}: the picture`);
}
