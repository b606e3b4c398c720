import { ArgumentError } from '@softvq/core';
import { openSafetensors } from '@softvq/core/io';
import { openFile } from '@softvq/core/node';
import { describe, expect, it } from 'vitest';
import { centerCrop, mirror, type Picture, randomCrop } from '../../src/index.js';
import { samplePicture } from '../sample-picture.js';

const golden = new URL('../../../../fixtures/golden/preprocessing/center-crop.safetensors', import.meta.url);

describe('centerCrop', () => {
  it('equals Pillow to the byte', async () => {
    const { tensors, metadata } = await openSafetensors(await openFile(golden.pathname));
    const picture = async (name: string): Promise<Picture> => {
      const { shape, data } = await tensors.get(name)!.read();
      return { width: shape[1]!, height: shape[0]!, data: data as Uint8Array };
    };
    const cases = JSON.parse(metadata['cases']!) as { size: number }[];
    expect(cases.length).toBeGreaterThan(0);
    for (const [number, { size }] of cases.entries()) {
      const cropped = centerCrop(await picture(`case${number}.input`), size);
      expect(cropped, `case ${number}`).toEqual(await picture(`case${number}.output`));
    }
  });

  it('leaves a picture of the right size as it is', () => {
    expect(centerCrop(samplePicture(24, 24), 24)).toEqual(samplePicture(24, 24));
  });

  it('cuts the middle, one pixel nearer to the start where it does not come out even', () => {
    const { data } = samplePicture(7, 4);
    const middle = Array.from({ length: 4 }, (_, row) => [...data.subarray(row * 21 + 3, row * 21 + 15)]);
    expect([...centerCrop({ width: 7, height: 4, data }, 4).data]).toEqual(middle.flat());
  });

  it('keeps a flat colour flat, made larger or smaller, and survives single rows', () => {
    for (const [width, height] of [
      [1, 1],
      [3, 200],
      [200, 3],
      [511, 257],
    ] as const) {
      const flat = { width, height, data: new Uint8Array(width * height * 3).fill(201) };
      expect(centerCrop(flat, 16)).toEqual({ width: 16, height: 16, data: new Uint8Array(768).fill(201) });
    }
  });

  it('refuses impossible sizes and pictures', () => {
    expect(() => centerCrop(samplePicture(4, 4), 0)).toThrow(ArgumentError);
    expect(() => centerCrop(samplePicture(4, 4), 2.5)).toThrow('size is 2.5');
    expect(() => centerCrop({ width: 4, height: 4, data: new Uint8Array(3) }, 2)).toThrow('RGB needs 48');
  });
});

describe('randomCrop', () => {
  const middle = { scale: 0, left: 0.5, top: 0.5 };

  it('is the centre crop at the smallest scale and in the middle', () => {
    // Of the nine places along a row the fifth is the middle.
    const picture = samplePicture(40, 32);
    expect(randomCrop(picture, 32, middle)).toEqual(centerCrop(picture, 32));
  });

  it('reaches every place and every scale from size to ⌈size / 0.8⌉, and nothing else', () => {
    // A picture as large as the largest scale is only cut when that is drawn.
    const picture = samplePicture(20, 20);
    const { data } = randomCrop(picture, 16, { scale: 0.999, left: 0.999, top: 0.2 });
    const row = (top: number, left: number) => [
      ...picture.data.subarray((top * 20 + left) * 3, (top * 20 + left + 16) * 3),
    ];
    expect([...data]).toEqual(Array.from({ length: 16 }, (_, y) => row(1 + y, 4)).flat());
    const scales = new Set<string>();
    for (let step = 0; step < 100; step++) {
      scales.add(randomCrop(picture, 16, { ...middle, scale: step / 100 }).data.join());
    }
    expect(scales.size).toBe(5);
  });

  it('refuses draws outside [0, 1)', () => {
    expect(() => randomCrop(samplePicture(8, 8), 8, { ...middle, left: 1 })).toThrow('left is 1');
    expect(() => randomCrop(samplePicture(8, 8), 8, { ...middle, top: Number.NaN })).toThrow(ArgumentError);
  });
});

it('mirror exchanges left and right, and twice is nothing', () => {
  const picture = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, byte) => byte) };
  expect([...mirror(picture).data]).toEqual([6, 7, 8, 3, 4, 5, 0, 1, 2, 15, 16, 17, 12, 13, 14, 9, 10, 11]);
  expect(mirror(mirror(samplePicture(5, 7)))).toEqual(samplePicture(5, 7));
});
