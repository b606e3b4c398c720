import { ArgumentError } from '@softvq/core';
import { checkPicture, type Picture } from './picture.js';

export interface PictureGridOptions {
  /** Pixels between neighbours, and none around the outside. Default 2. */
  readonly gap?: number | undefined;
  /** Red, green and blue in 0...255, for the gaps and for cells without a picture. Default white. */
  readonly background?: readonly [red: number, green: number, blue: number] | undefined;
}

/**
 * One picture showing many. A column is as wide as its widest picture and a row as high as its highest; smaller
 * pictures sit at the top left of their cell. Rows may differ in length.
 *
 * @throws ArgumentError if there is no picture at all, or an option is out of its range
 */
export function pictureGrid(
  rows: readonly (readonly Picture[])[],
  options: PictureGridOptions = {},
): Picture {
  const { gap = 2, background = [255, 255, 255] } = options;
  if (!Number.isInteger(gap) || gap < 0) {
    throw new ArgumentError(`pictureGrid: gap is ${gap}; it must be a whole number of pixels, 0 or more`);
  }
  if (background.length !== 3 || !background.every((value) => value >= 0 && value <= 255)) {
    throw new ArgumentError(
      `pictureGrid: background is [${background}]; it must be three numbers in 0...255`,
    );
  }
  const columnWidths: number[] = [];
  const rowHeights: number[] = [];
  for (const [row, pictures] of rows.entries()) {
    rowHeights[row] = 0;
    for (const [column, picture] of pictures.entries()) {
      checkPicture(picture, `pictureGrid: the picture in row ${row}, column ${column}`);
      columnWidths[column] = Math.max(columnWidths[column] ?? 0, picture.width);
      rowHeights[row] = Math.max(rowHeights[row] ?? 0, picture.height);
    }
  }
  if (columnWidths.length === 0) throw new ArgumentError('pictureGrid needs at least one picture');

  const lefts = offsets(columnWidths, gap);
  const tops = offsets(rowHeights, gap);
  const width = lefts.at(-1)! - gap;
  const height = tops.at(-1)! - gap;
  const data = new Uint8Array(width * height * 3);
  for (let byte = 0; byte < data.length; byte += 3) data.set(background, byte);
  for (const [row, pictures] of rows.entries()) {
    for (const [column, picture] of pictures.entries()) {
      const stride = picture.width * 3;
      for (let line = 0; line < picture.height; line++) {
        const start = ((tops[row]! + line) * width + lefts[column]!) * 3;
        data.set(picture.data.subarray(line * stride, (line + 1) * stride), start);
      }
    }
  }
  return { width, height, data };
}

/** Where each cell starts, and after the last one where the next would. */
function offsets(sizes: readonly number[], gap: number): number[] {
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + size + gap);
  return starts;
}
