import { ArgumentError, ShapeError } from '@softvq/core';
import { checkPicture, type Picture } from './picture.js';

/** Pictures as a model takes them. */
export interface PictureFloats {
  /** `[batch, 3, height, width]` */
  readonly shape: readonly [number, number, number, number];
  /** Planes of red, green and blue for each picture, in [-1, 1]. */
  readonly data: Float32Array;
}

const floatOfByte = Float32Array.from({ length: 256 }, (_, byte) => (2 * byte) / 255 - 1);

/**
 * Pictures of one size to a batch of floats: `x = 2 · byte / 255 - 1`, so black is -1 and white is 1.
 *
 * @throws ArgumentError for an empty list or a picture whose bytes do not fit its size
 * @throws ShapeError for pictures of different sizes
 */
export function picturesToFloats(pictures: readonly Picture[]): PictureFloats {
  const first = pictures[0];
  if (first === undefined) {
    throw new ArgumentError('picturesToFloats needs at least one picture, to know the size of the batch');
  }
  const { width, height } = first;
  const data = new Float32Array(pictures.length * 3 * width * height);
  for (const [index, picture] of pictures.entries()) {
    checkPicture(picture, `picturesToFloats: picture ${index}`);
    if (picture.width !== width || picture.height !== height) {
      throw new ShapeError(
        `picturesToFloats: picture 0 is ${width}×${height} but picture ${index} is ` +
          `${picture.width}×${picture.height}; bring them to one size first`,
      );
    }
    writeFloats(data, index, picture, false);
  }
  return { shape: [pictures.length, 3, height, width], data };
}

/**
 * Writes a picture into a batch of pictures of its size, as `picturesToFloats` does.
 *
 * @param mirrored whether left and right are exchanged.
 */
export function writeFloats(data: Float32Array, index: number, picture: Picture, mirrored: boolean): void {
  const { width, height, data: bytes } = picture;
  const plane = width * height;
  const start = index * 3 * plane;
  const step = mirrored ? -1 : 1;
  for (let row = 0, byte = 0; row < height; row++) {
    let red = start + row * width + (mirrored ? width - 1 : 0);
    for (let column = 0; column < width; column++, red += step, byte += 3) {
      data[red] = floatOfByte[bytes[byte]!]!;
      data[red + plane] = floatOfByte[bytes[byte + 1]!]!;
      data[red + 2 * plane] = floatOfByte[bytes[byte + 2]!]!;
    }
  }
}

/**
 * A batch of floats to pictures: `byte = (x + 1) · 255 / 2`, clamped to [0, 255] and rounded to the nearest.
 * The inverse of `picturesToFloats`, byte for byte. What is not a number becomes 0.
 *
 * @param data planes of red, green and blue for each picture, nominally in [-1, 1]
 * @param shape `[batch, 3, height, width]`
 * @throws ShapeError for another shape, or data of another length
 */
export function floatsToPictures(data: Float32Array, shape: readonly number[]): Picture[] {
  const [batch, channels, height, width] = shape;
  if (
    shape.length !== 4 ||
    batch === undefined ||
    channels !== 3 ||
    height === undefined ||
    width === undefined ||
    !shape.every((size) => Number.isInteger(size) && size >= 0) ||
    height < 1 ||
    width < 1
  ) {
    throw new ShapeError(`floatsToPictures: the shape is [${shape}]; it must be [batch, 3, height, width]`);
  }
  const plane = width * height;
  if (data.length !== batch * 3 * plane) {
    throw new ShapeError(
      `floatsToPictures: the shape [${shape}] needs ${batch * 3 * plane} numbers, the data has ${data.length}`,
    );
  }
  const pictures: Picture[] = [];
  for (let index = 0; index < batch; index++) {
    // A clamped array clamps and rounds to the nearest by itself, in machine code.
    const bytes = new Uint8ClampedArray(plane * 3);
    const red = index * 3 * plane;
    const green = red + plane;
    const blue = green + plane;
    for (let pixel = 0, byte = 0; pixel < plane; pixel++, byte += 3) {
      bytes[byte] = (data[red + pixel]! + 1) * 127.5;
      bytes[byte + 1] = (data[green + pixel]! + 1) * 127.5;
      bytes[byte + 2] = (data[blue + pixel]! + 1) * 127.5;
    }
    pictures.push({ width, height, data: new Uint8Array(bytes.buffer) });
  }
  return pictures;
}
