import { reference } from '@softvq/backends/reference';
import { fromStored, setDefaultBackend } from '@softvq/core';
import { openSafetensors } from '@softvq/core/io';
import { openFile } from '@softvq/core/node';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  FeatureAccumulator,
  type FeatureMatrix,
  featureStatistics,
  frechetDistance,
  inceptionScore,
  precisionRecall,
} from '../src/index.js';

const golden = new URL('../../../fixtures/golden/evaluation/frechet.safetensors', import.meta.url).pathname;

async function goldenValues(name: string): Promise<{ shape: readonly number[]; data: Float64Array }> {
  const { tensors } = await openSafetensors(await openFile(golden));
  const stored = fromStored(tensors.get(name)!);
  return { shape: stored.shape as number[], data: (await stored.data()) as Float64Array };
}

async function goldenMatrix(name: string): Promise<FeatureMatrix> {
  const { shape, data } = await goldenValues(name);
  return { rows: shape[0]!, columns: shape[1]!, data };
}

beforeAll(async () => setDefaultBackend(await reference()));

/** Normal features with the given mean and deviation of every column. */
function normalFeatures(name: string, rows: number, columns: number, mean = 0, deviation = 1): FeatureMatrix {
  const random = new RandomStream({ seed: 5, name });
  return { rows, columns, data: random.normal(rows * columns, { mean, standardDeviation: deviation }) };
}

describe('Fréchet distance', () => {
  test('is that of the golden features', async () => {
    const [a, b] = await Promise.all(['features.a', 'features.b'].map(goldenMatrix));
    const expected = (await goldenValues('frechet')).data[0]!;
    expect(frechetDistance(featureStatistics(a!), featureStatistics(b!)) / expected).toBeCloseTo(1, 9);
    expect(frechetDistance(featureStatistics(a!), featureStatistics(a!))).toBeLessThan(1e-8);
  });

  test('is the closed form for covariances that commute', () => {
    const columns = 3;
    const diagonal = (values: readonly number[]) =>
      Float64Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? values[at / 4]! : 0));
    const first = { count: 9, mean: Float64Array.of(0, 1, 2), covariance: diagonal([1, 4, 9]) };
    const second = { count: 9, mean: Float64Array.of(1, 1, 0), covariance: diagonal([4, 4, 1]) };
    const expected = 1 + 0 + 4 + (1 - 2) ** 2 + 0 + (3 - 1) ** 2;
    expect(first.mean).toHaveLength(columns);
    expect(frechetDistance(first, second)).toBeCloseTo(expected, 10);
  });

  test('is finite for fewer pictures than features', () => {
    const few = featureStatistics(normalFeatures('few', 4, 12));
    const many = featureStatistics(normalFeatures('many', 400, 12));
    expect(frechetDistance(few, many)).toBeGreaterThan(frechetDistance(many, many));
  });

  test('does not depend on how features come in batches, nor on an offset of both', () => {
    const features = normalFeatures('batches', 50, 4);
    const accumulator = new FeatureAccumulator(4);
    for (const [from, to] of [
      [0, 7],
      [7, 8],
      [8, 8],
      [8, 50],
    ] as const) {
      accumulator.add({ rows: to - from, columns: 4, data: features.data.subarray(from * 4, to * 4) });
    }
    const whole = featureStatistics(features);
    const parts = accumulator.statistics();
    expect(parts.count).toBe(50);
    for (const [i, value] of parts.covariance.entries()) expect(value).toBeCloseTo(whole.covariance[i]!, 12);
    const far = Float64Array.from(features.data, (value) => value + 1e6);
    const shifted = featureStatistics({ rows: 50, columns: 4, data: far }).covariance;
    for (const [i, value] of shifted.entries()) expect(value).toBeCloseTo(whole.covariance[i]!, 6);
  });

  test('refuses what has no distance', () => {
    const one = normalFeatures('one', 1, 4);
    expect(() => featureStatistics(one)).toThrow(/at least 2 pictures, not 1/);
    const bad = normalFeatures('bad', 3, 4);
    bad.data[5] = Number.NaN;
    expect(() => featureStatistics(bad)).toThrow(/feature 1 of row 1 is NaN/);
    expect(() =>
      frechetDistance(
        featureStatistics(normalFeatures('a', 5, 4)),
        featureStatistics(normalFeatures('b', 5, 3)),
      ),
    ).toThrow(/4 and 3 columns/);
  });
});

describe('Inception score', () => {
  test('is that of the golden probabilities', async () => {
    const expected = (await goldenValues('inception_score')).data[0]!;
    expect(inceptionScore(await goldenMatrix('probs')) / expected).toBeCloseTo(1, 9);
  });

  test('is 1 for pictures alike and the number of classes for certain, even ones', () => {
    const alike = { rows: 6, columns: 4, data: new Float64Array(24).fill(0.25) };
    expect(inceptionScore(alike)).toBeCloseTo(1, 12);
    const certain = { rows: 8, columns: 4, data: new Float64Array(32) };
    for (let row = 0; row < 8; row++) certain.data[row * 4 + (row % 4)] = 1;
    expect(inceptionScore(certain)).toBeCloseTo(4, 12);
    expect(inceptionScore(certain, { splitSize: 1 })).toBeCloseTo(1, 12);
  });
});

describe('precision and recall', () => {
  test('are 1 for a set with itself and 0 for sets far apart', () => {
    const set = normalFeatures('set', 60, 3);
    expect(precisionRecall(set, set)).toEqual({ precision: 1, recall: 1 });
    const far = normalFeatures('far', 60, 3, 100);
    expect(precisionRecall(set, far)).toEqual({ precision: 0, recall: 0 });
  });

  test('tell a narrow generator from a wide one', () => {
    const real = normalFeatures('real', 300, 2);
    const narrow = precisionRecall(real, normalFeatures('narrow', 300, 2, 0, 0.1));
    const wide = precisionRecall(real, normalFeatures('wide', 300, 2, 0, 6));
    expect(narrow.precision).toBeGreaterThan(0.95);
    expect(narrow.recall).toBeLessThan(0.3);
    expect(wide.precision).toBeLessThan(0.3);
    expect(wide.recall).toBeGreaterThan(0.8);
  });

  test('count by hand', () => {
    const real = { rows: 4, columns: 1, data: Float64Array.of(0, 1, 2, 10) };
    const samples = { rows: 3, columns: 1, data: Float64Array.of(2.5, 19, 30) };
    // Radii with one neighbour: 1, 1, 1, 8 of real pictures; 16.5, 11, 11 of samples.
    expect(precisionRecall(real, samples, { neighbours: 1 })).toEqual({ precision: 1 / 3, recall: 1 });
  });

  test('need more pictures than neighbours', () => {
    const set = normalFeatures('small', 3, 2);
    expect(() => precisionRecall(set, set)).toThrow(/more pictures/);
  });
});
