import { ArgumentError } from '@softvq/core';
import { assertComparable, type ImageBatch } from './image-batch.js';

export interface SsimOptions {
  /** Side of the square uniform window, odd. Default 7. */
  readonly window?: number;
  /**
   * Span of the values. Default 2, that of images in [-1, 1]. Figures published for tokenizers often take twice the
   * span of their images, which flatters: `dataRange: 4` gives those.
   */
  readonly dataRange?: number;
}

/**
 * Structural similarity of each image (Wang et al. 2004) with a uniform window, unbiased covariances, K₁ = 0.01 and
 * K₂ = 0.03, averaged over channels and all positions where the window lies inside the image.
 *
 * @throws ArgumentError for batches of different shapes or images smaller than the window.
 */
export function ssim(
  images: ImageBatch,
  references: ImageBatch,
  { window = 7, dataRange = 2 }: SsimOptions = {},
): number[] {
  assertComparable('ssim', images, references);
  const [count, channels, height, width] = images.shape as [number, number, number, number];
  if (window % 2 !== 1 || window > Math.min(height, width)) {
    throw new ArgumentError(
      `ssim: a window of ${window} is not odd or does not fit into images of ${height} × ${width}`,
    );
  }
  const planes = channels * height * width;
  return Array.from({ length: count }, (_, image) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const from = image * planes + channel * height * width;
      const plane = (batch: ImageBatch) => batch.data.subarray(from, from + height * width);
      sum += planeSimilarity(plane(images), plane(references), height, width, window, dataRange);
    }
    return sum / channels;
  });
}

type Plane = Float32Array | Float64Array;

function planeSimilarity(
  x: Plane,
  y: Plane,
  height: number,
  width: number,
  window: number,
  dataRange: number,
): number {
  const size = window * window;
  const mean = (value: (at: number) => number) =>
    windowSums(value, height, width, window).map((sum) => sum / size);
  const meanX = mean((at) => x[at]!);
  const meanY = mean((at) => y[at]!);
  const meanXX = mean((at) => x[at]! * x[at]!);
  const meanYY = mean((at) => y[at]! * y[at]!);
  const meanXY = mean((at) => x[at]! * y[at]!);
  const unbiased = size / (size - 1);
  const first = (0.01 * dataRange) ** 2;
  const second = (0.03 * dataRange) ** 2;
  let sum = 0;
  for (let at = 0; at < meanX.length; at++) {
    const [mx, my] = [meanX[at]!, meanY[at]!];
    const varianceX = unbiased * (meanXX[at]! - mx * mx);
    const varianceY = unbiased * (meanYY[at]! - my * my);
    const covariance = unbiased * (meanXY[at]! - mx * my);
    sum +=
      ((2 * mx * my + first) * (2 * covariance + second)) /
      ((mx * mx + my * my + first) * (varianceX + varianceY + second));
  }
  return sum / meanX.length;
}

/** Sums over every window that lies inside the plane, by a table of sums over rectangles from the corner. */
function windowSums(
  value: (at: number) => number,
  height: number,
  width: number,
  window: number,
): Float64Array {
  const table = new Float64Array((height + 1) * (width + 1));
  for (let row = 0; row < height; row++) {
    let sum = 0;
    for (let column = 0; column < width; column++) {
      sum += value(row * width + column);
      table[(row + 1) * (width + 1) + column + 1] = table[row * (width + 1) + column + 1]! + sum;
    }
  }
  const rows = height - window + 1;
  const columns = width - window + 1;
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const top = Math.floor(at / columns) * (width + 1) + (at % columns);
    const bottom = top + window * (width + 1);
    return table[bottom + window]! - table[bottom]! - table[top + window]! + table[top]!;
  });
}
