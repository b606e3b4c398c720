import { ArgumentError, ShapeError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import { floatsToPictures, picturesToFloats } from '../../src/index.js';
import { samplePicture } from '../sample-picture.js';

describe('picturesToFloats', () => {
  it('lays out planes of each channel, with black at -1 and white at 1', () => {
    const first = { width: 2, height: 1, data: Uint8Array.from([0, 255, 51, 255, 0, 204]) };
    const second = { width: 2, height: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) };
    const { shape, data } = picturesToFloats([first, second]);
    expect(shape).toEqual([2, 3, 1, 2]);
    const exact = (byte: number) => Math.fround((2 * byte) / 255 - 1);
    expect([...data]).toEqual([0, 255, 255, 0, 51, 204, 1, 4, 2, 5, 3, 6].map(exact));
    expect([data[0], data[1]]).toEqual([-1, 1]);
  });

  it('is undone byte for byte by floatsToPictures, for all 256 values', () => {
    const every = { width: 16, height: 16, data: new Uint8Array(768).map((_, byte) => Math.floor(byte / 3)) };
    const pictures = [every, samplePicture(16, 16, 1), samplePicture(16, 16, 2)];
    const { shape, data } = picturesToFloats(pictures);
    expect(floatsToPictures(data, shape)).toEqual(pictures);
  });

  it('refuses what does not make a batch', () => {
    expect(() => picturesToFloats([])).toThrow(ArgumentError);
    const mixed = [samplePicture(4, 2), samplePicture(2, 4)];
    expect(() => picturesToFloats(mixed)).toThrow(ShapeError);
    expect(() => picturesToFloats(mixed)).toThrow('picture 0 is 4×2 but picture 1 is 2×4');
    const short = { width: 4, height: 2, data: new Uint8Array(23) };
    expect(() => picturesToFloats([samplePicture(4, 2), short])).toThrow(
      'picture 1 is 4×2 and holds 23 bytes; RGB needs 24',
    );
  });
});

describe('floatsToPictures', () => {
  it('clamps and rounds to the nearest byte', () => {
    const step = 2 / 255;
    const values = [-7, -1, -1 + 0.49 * step, -1 + 0.51 * step, 0.9999, 1, 1.5, Infinity, -Infinity];
    const [picture] = floatsToPictures(Float32Array.from(values), [1, 3, 3, 1]);
    // Three planes of three pixels, read back as three pixels of three channels.
    const planes = [0, 3, 6, 1, 4, 7, 2, 5, 8].map((index) => picture!.data[index]);
    expect(planes).toEqual([0, 0, 0, 1, 255, 255, 255, 255, 0]);
  });

  it('turns what is not a number into black', () => {
    const [picture] = floatsToPictures(Float32Array.from([NaN, 1, NaN]), [1, 3, 1, 1]);
    expect([...picture!.data]).toEqual([0, 255, 0]);
  });

  it('gives no picture for an empty batch', () => {
    expect(floatsToPictures(new Float32Array(0), [0, 3, 8, 8])).toEqual([]);
  });

  it('refuses other shapes, and data that does not fill the shape', () => {
    const data = new Float32Array(12);
    for (const shape of [
      [3, 2, 2],
      [1, 2, 2, 3],
      [1, 1, 3, 4],
      [1, 3, 2.5, 2],
      [1, 3, 0, 4],
      [-1, 3, 2, 2],
    ]) {
      expect(() => floatsToPictures(data, shape), `[${shape}]`).toThrow(ShapeError);
      expect(() => floatsToPictures(data, shape)).toThrow('it must be [batch, 3, height, width]');
    }
    expect(() => floatsToPictures(data, [2, 3, 2, 2])).toThrow('needs 24 numbers, the data has 12');
  });
});
