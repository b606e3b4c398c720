import type { Picture } from '../picture/picture.js';
import type { ResampleFilter } from './resample-filter.js';
import { fractionBits, type ResampleWeights, resampleWeights } from './resample-weights.js';

/** A part of the resized picture, in its pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Resizes to `width` × `height` as Pillow does for 8-bit pictures, to the last bit: first along rows, then along
 * columns, each pass rounded to bytes; a pass that changes nothing is left out. Only `region` of the result is
 * computed and returned.
 */
export function resample(
  picture: Picture,
  width: number,
  height: number,
  filter: ResampleFilter,
  region: Region = { left: 0, top: 0, width, height },
): Picture {
  const columns = resampleWeights(filter, picture.width, width, region.left, region.width);
  const rows = resampleWeights(filter, picture.height, height, region.top, region.height);
  // The first pass makes no more rows than the second one reads.
  const resizesRows = height !== picture.height;
  const firstRow = resizesRows ? rows.starts[0]! : region.top;
  const endRow = resizesRows ? rows.starts.at(-1)! + rows.counts.at(-1)! : region.top + region.height;
  const strip =
    width === picture.width
      ? cutOut(picture, { ...region, top: firstRow, height: endRow - firstRow })
      : resampleRows(picture, columns, firstRow, endRow - firstRow);
  return resizesRows ? resampleColumns(strip, rows, firstRow) : strip;
}

/** A part of a picture, as a picture of its own. */
export function cutOut(picture: Picture, { left, top, width, height }: Region): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * picture.width + left) * 3;
    data.set(picture.data.subarray(start, start + width * 3), row * width * 3);
  }
  return { width, height, data };
}

const half = 1 << (fractionBits - 1);

function resampleRows(
  picture: Picture,
  { starts, counts, weights, stride }: ResampleWeights,
  firstRow: number,
  height: number,
): Picture {
  const width = starts.length;
  const source = picture.data;
  // A clamped array clips to 0...255 by itself.
  const target = new Uint8ClampedArray(width * height * 3);
  let to = 0;
  for (let row = 0; row < height; row++) {
    const rowStart = (firstRow + row) * picture.width * 3;
    for (let column = 0; column < width; column++) {
      let from = rowStart + starts[column]! * 3;
      let tap = column * stride;
      const end = tap + counts[column]!;
      let red = half;
      let green = half;
      let blue = half;
      for (; tap < end; tap++, from += 3) {
        const weight = weights[tap]!;
        red = (red + Math.imul(source[from]!, weight)) | 0;
        green = (green + Math.imul(source[from + 1]!, weight)) | 0;
        blue = (blue + Math.imul(source[from + 2]!, weight)) | 0;
      }
      target[to] = red >> fractionBits;
      target[to + 1] = green >> fractionBits;
      target[to + 2] = blue >> fractionBits;
      to += 3;
    }
  }
  return { width, height, data: new Uint8Array(target.buffer) };
}

/** @param firstRow the row of the source picture that `strip` begins with. */
function resampleColumns(
  strip: Picture,
  { starts, counts, weights, stride }: ResampleWeights,
  firstRow: number,
): Picture {
  const height = starts.length;
  const { width, data: source } = strip;
  const rowBytes = width * 3;
  const target = new Uint8ClampedArray(rowBytes * height);
  const sums = new Int32Array(rowBytes);
  for (let row = 0; row < height; row++) {
    sums.fill(half);
    for (let tap = 0; tap < counts[row]!; tap++) {
      const weight = weights[row * stride + tap]!;
      const from = (starts[row]! - firstRow + tap) * rowBytes;
      for (let byte = 0; byte < rowBytes; byte++) {
        sums[byte] = (sums[byte]! + Math.imul(source[from + byte]!, weight)) | 0;
      }
    }
    const to = row * rowBytes;
    for (let byte = 0; byte < rowBytes; byte++) target[to + byte] = sums[byte]! >> fractionBits;
  }
  return { width, height, data: new Uint8Array(target.buffer) };
}
