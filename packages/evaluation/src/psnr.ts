import { assertComparable, type ImageBatch } from './image-batch.js';

/**
 * Peak signal-to-noise ratio of each image in dB, 10·log₁₀(peak² / mean squared error) with the peak 2 of images in
 * [-1, 1]; infinite for equal images.
 *
 * @throws ArgumentError for batches of different shapes.
 */
export function psnr(images: ImageBatch, references: ImageBatch): number[] {
  assertComparable('psnr', images, references);
  const count = images.shape[0]!;
  const size = images.data.length / count;
  return Array.from({ length: count }, (_, image) => {
    let sum = 0;
    for (let at = image * size; at < (image + 1) * size; at++) {
      sum += (images.data[at]! - references.data[at]!) ** 2;
    }
    return 10 * Math.log10((4 * size) / sum);
  });
}
