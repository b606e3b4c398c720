import { ArgumentError, ShapeError, setDefaultBackend, type Tensor, tensor, zeros } from '@softvq/core';
import { beforeAll, expect, it } from 'vitest';
import { featureError, featureMisalignment, hogFeatures } from '../../src/index.js';
import { describeOnBackends, relativeError } from '../golden.js';
import { randomTensor } from '../random-values.js';

const size = 32;

/** Histograms of one image (3, 32, 32), pixel by pixel. */
function histograms(pixels: readonly number[], patchSize: number): number[][] {
  const mirrored = (i: number): number => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  const at = (colour: number, row: number, column: number): number =>
    pixels[(colour * size + mirrored(row)) * size + mirrored(column)]!;
  const bell = (i: number): number => Math.exp(-(((i % 16) - 7.5) ** 2) / 128);
  const cells = new Map<string, number[]>();
  for (let colour = 0; colour < 3; colour++) {
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        let [horizontal, vertical] = [0, 0];
        for (const [offset, weight] of [
          [-1, 1],
          [0, 2],
          [1, 1],
        ] as const) {
          horizontal +=
            weight * (at(colour, row + offset, column - 1) - at(colour, row + offset, column + 1));
          vertical += weight * (at(colour, row - 1, column + offset) - at(colour, row + 1, column + offset));
        }
        const ninth = Math.floor((Math.atan2(horizontal, vertical) / Math.PI) * 9);
        const direction = ((ninth % 9) + 9) % 9;
        const key = [colour, Math.floor(row / 8), Math.floor(column / 8)].join();
        const histogram = cells.get(key) ?? Array.from({ length: 9 }, () => 0);
        histogram[direction]! += Math.hypot(horizontal, vertical) * bell(row) * bell(column);
        cells.set(key, histogram);
      }
    }
  }
  const [side, perPatch] = [size / patchSize, patchSize / 8];
  return Array.from({ length: side ** 2 }, (_, patch) => {
    const values: number[] = [];
    for (let colour = 0; colour < 3; colour++) {
      for (let direction = 0; direction < 9; direction++) {
        for (let inner = 0; inner < perPatch ** 2; inner++) {
          const row = Math.floor(patch / side) * perPatch + Math.floor(inner / perPatch);
          const column = (patch % side) * perPatch + (inner % perPatch);
          const histogram = cells.get([colour, row, column].join())!;
          values.push(histogram[direction]! / Math.hypot(...histogram));
        }
      }
    }
    return values;
  });
}

describeOnBackends((backend) => {
  beforeAll(() => setDefaultBackend(backend()));

  it.each([16, 8])('counts gradients by direction, patches of %i', async (patchSize) => {
    const images = randomTensor('hog', [2, 3, size, size]);
    const pixels = Array.from((await images.host()).data, Number);
    const half = pixels.length / 2;
    const expected = [pixels.slice(0, half), pixels.slice(half)].map((each) => histograms(each, patchSize));
    const actual = hogFeatures(images, patchSize);
    expect(actual.shape).toEqual([2, (size / patchSize) ** 2, 27 * (patchSize / 8) ** 2]);
    expect(await relativeError(actual, tensor(expected))).toBeLessThan(1e-4);
  });

  it('measures errors over masked patches alone', async () => {
    const [prediction, target] = [randomTensor('prediction', [2, 3, 4]), randomTensor('target', [2, 3, 4])];
    const mask = tensor([
      [true, false, true],
      [false, false, true],
    ]);
    const rows = async (each: Tensor): Promise<number[][]> => {
      const all = (await each.reshape([6, 4]).array()) as number[][];
      return [0, 2, 5].map((row) => all[row]!);
    };
    const [p, t] = [await rows(prediction), await rows(target)];
    const squares = p.flatMap((row, i) => row.map((each, j) => (each - t[i]![j]!) ** 2));
    const mean = squares.reduce((sum, each) => sum + each, 0) / squares.length;
    expect(await featureError(prediction, target, mask).item()).toBeCloseTo(mean, 5);
    const cosines = p.map((row, i) => {
      const product = row.reduce((sum, each, j) => sum + each * t[i]![j]!, 0);
      return product / (Math.hypot(...row) * Math.hypot(...t[i]!));
    });
    const aligned = cosines.reduce((sum, each) => sum + each, 0) / cosines.length;
    expect(await featureMisalignment(prediction, target, mask).item()).toBeCloseTo(-aligned, 5);
    expect(await featureMisalignment(target, target).item()).toBeCloseTo(-1, 5);
    expect(await featureError(target, target.add(2)).item()).toBeCloseTo(4, 4);
  });
});

it('refuses images and patches that cells do not fill', () => {
  expect(() => hogFeatures(zeros([1, 3, 24, 24]), 8)).toThrow(ShapeError);
  expect(() => hogFeatures(zeros([1, 1, 32, 32]), 8)).toThrow(/take \(batch, 3, height, width\)/);
  expect(() => hogFeatures(zeros([1, 3, 32, 32]), 12)).toThrow(ArgumentError);
});
