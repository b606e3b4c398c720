import { ArgumentError } from '@softvq/core';
import { checkPicture, type Picture } from '../picture/picture.js';

/**
 * A picture as a canvas takes it: `context.putImageData(toImageData(picture), 0, 0)`.
 *
 * @throws ArgumentError for a picture whose bytes do not fit its size
 */
export function toImageData(picture: Picture): ImageData {
  checkPicture(picture, 'toImageData: the picture');
  const { width, height, data } = picture;
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from]!;
    rgba[to + 1] = data[from + 1]!;
    rgba[to + 2] = data[from + 2]!;
    rgba[to + 3] = 255;
  }
  return new ImageData(rgba, width, height);
}

/**
 * A picture as the bytes of a PNG file, to be saved or shown.
 *
 * @throws ArgumentError for a picture whose bytes do not fit its size, or that is too large for a canvas
 */
export async function encodePng(picture: Picture): Promise<Blob> {
  const image = toImageData(picture);
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d', { alpha: false, colorSpace: 'srgb' });
  if (context === null)
    throw new ArgumentError(`this browser gives no canvas of ${image.width}×${image.height}`);
  context.putImageData(image, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
