import { ArgumentError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import { type Picture, pictureGrid } from '../../src/index.js';

function flat(width: number, height: number, value: number): Picture {
  return { width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

/** The red channel as rows of numbers. */
function reds({ width, height, data }: Picture): number[][] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => data[(y * width + x) * 3]!),
  );
}

describe('pictureGrid', () => {
  it('sets pictures apart by the gap and fills the rest with the background', () => {
    const grid = pictureGrid([[flat(2, 1, 1), flat(1, 2, 2)], [flat(1, 1, 3)]], {
      gap: 1,
      background: [9, 8, 7],
    });
    expect(reds(grid)).toEqual([
      [1, 1, 9, 2],
      [9, 9, 9, 2],
      [9, 9, 9, 9],
      [3, 9, 9, 9],
    ]);
    expect([...grid.data.subarray(6, 9)]).toEqual([9, 8, 7]);
  });

  it('leaves two white pixels between pictures unless told otherwise', () => {
    expect(reds(pictureGrid([[flat(1, 1, 0), flat(1, 1, 5)]]))).toEqual([[0, 255, 255, 5]]);
    expect(reds(pictureGrid([[flat(1, 1, 0), flat(1, 1, 5)]], { gap: 0 }))).toEqual([[0, 5]]);
  });

  it('keeps every byte of a single picture', () => {
    const picture = { width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) };
    expect(pictureGrid([[picture]])).toEqual(picture);
  });

  it('refuses a grid without pictures and options out of their range', () => {
    const rows = [[flat(1, 1, 0)]];
    expect(() => pictureGrid([])).toThrow(ArgumentError);
    expect(() => pictureGrid([[], []])).toThrow('at least one picture');
    expect(() => pictureGrid(rows, { gap: -1 })).toThrow('gap is -1');
    expect(() => pictureGrid(rows, { gap: 0.5 })).toThrow('gap is 0.5');
    expect(() => pictureGrid(rows, { background: [0, 0, 256] })).toThrow('background is [0,0,256]');
    const broken = { width: 2, height: 2, data: new Uint8Array(3) };
    expect(() => pictureGrid([[flat(1, 1, 0)], [flat(1, 1, 0), broken]])).toThrow('row 1, column 1 is 2×2');
  });
});
