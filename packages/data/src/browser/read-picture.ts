import { ArgumentError, FileFormatError } from '@softvq/core';
import type { Picture } from '../picture/picture.js';

/** What a browser can draw. An element has to be loaded already. */
export type DrawableImage =
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | ImageBitmap
  | OffscreenCanvas
  | VideoFrame;

/**
 * Reads a picture with the browser's decoders as 8-bit RGB: PNG, JPEG, WebP, AVIF, GIF (its first frame) and whatever
 * else the browser knows. The orientation that a camera noted is applied, colours are converted to sRGB,
 * transparency is composited over white.
 *
 * Decoders differ by a level or two between browsers, and from the decoder in Node, for lossy formats.
 *
 * @param source a file or other bytes, or an image that is decoded already.
 * @param name what messages call it. Default: the name of a `File`, or `picture`.
 * @throws FileFormatError for bytes that the browser cannot decode
 * @throws ArgumentError for an image without pixels, such as an element that is not loaded
 */
export async function readPicture(source: Blob | DrawableImage, name = nameOf(source)): Promise<Picture> {
  if (!(source instanceof Blob)) return pictureFromImage(source, name);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(source, { imageOrientation: 'from-image' });
  } catch (cause) {
    const what =
      source.size === 0 ? 'it is empty' : 'it is damaged, or of a format that this browser does not know';
    throw new FileFormatError(name, `cannot be decoded: ${what}`, { cause });
  }
  try {
    return pictureFromImage(bitmap, name);
  } finally {
    bitmap.close();
  }
}

function nameOf(source: Blob | DrawableImage): string {
  return typeof File !== 'undefined' && source instanceof File ? source.name : 'picture';
}

function pictureFromImage(image: DrawableImage, name: string): Picture {
  const { width, height } = sizeOf(image);
  if (!(width >= 1 && height >= 1)) {
    throw new ArgumentError(`${name} has no pixels (${width}×${height}); wait until it is loaded`);
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false, colorSpace: 'srgb', willReadFrequently: true });
  if (context === null)
    throw new ArgumentError(`${name}: this browser gives no canvas of ${width}×${height}`);
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return pictureFromImageData(context.getImageData(0, 0, width, height));
}

function sizeOf(image: DrawableImage): { width: number; height: number } {
  if ('naturalWidth' in image) return { width: image.naturalWidth, height: image.naturalHeight };
  if ('videoWidth' in image) return { width: image.videoWidth, height: image.videoHeight };
  if ('displayWidth' in image) return { width: image.displayWidth, height: image.displayHeight };
  return { width: image.width, height: image.height };
}

/** The pixels of a canvas as a picture; transparency is composited over white. */
export function pictureFromImageData({
  width,
  height,
  data,
}: Pick<ImageData, 'width' | 'height' | 'data'>): Picture {
  // A clamped array rounds to the nearest by itself.
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const alpha = data[from + 3]! / 255;
    const white = 255 * (1 - alpha);
    rgb[to] = data[from]! * alpha + white;
    rgb[to + 1] = data[from + 1]! * alpha + white;
    rgb[to + 2] = data[from + 2]! * alpha + white;
  }
  return { width, height, data: new Uint8Array(rgb.buffer) };
}
