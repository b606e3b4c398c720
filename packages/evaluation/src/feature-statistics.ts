import { ArgumentError } from '@softvq/core';
import { assertFeatures, type FeatureMatrix } from './feature-matrix.js';

/** Mean and unbiased covariance of features: all that a Fréchet distance needs to know of a set of pictures. */
export interface FeatureStatistics {
  /** How many pictures they were taken over. */
  readonly count: number;
  /** (columns). */
  readonly mean: Float64Array;
  /** (columns, columns), row after row. */
  readonly covariance: Float64Array;
}

/**
 * Collects statistics batch by batch in float64, so that features of many pictures need not be held at once. Sums are
 * taken about the first row, which keeps them exact for features far from zero.
 */
export class FeatureAccumulator {
  readonly columns: number;
  #count = 0;
  #origin: Float64Array | undefined;
  readonly #sums: Float64Array;
  readonly #products: Float64Array;

  constructor(columns: number) {
    this.columns = columns;
    this.#sums = new Float64Array(columns);
    this.#products = new Float64Array(columns * columns);
  }

  /** @throws ArgumentError for features of another width or that are not finite. */
  add(features: FeatureMatrix): void {
    const { columns } = this;
    if (features.columns !== columns) {
      throw new ArgumentError(`features have ${features.columns} columns where ${columns} are collected`);
    }
    assertFeatures('FeatureAccumulator', features);
    if (features.rows === 0) return;
    this.#origin ??= Float64Array.from(features.data.subarray(0, columns));
    const centred = new Float64Array(columns);
    for (let row = 0; row < features.rows; row++) {
      for (let i = 0; i < columns; i++) {
        const value = features.data[row * columns + i]! - this.#origin[i]!;
        centred[i] = value;
        this.#sums[i]! += value;
      }
      for (let i = 0; i < columns; i++) {
        const value = centred[i]!;
        const start = i * columns;
        for (let j = i; j < columns; j++) this.#products[start + j]! += value * centred[j]!;
      }
    }
    this.#count += features.rows;
  }

  /** @throws ArgumentError with fewer than two pictures, which have no covariance. */
  statistics(): FeatureStatistics {
    const count = this.#count;
    const origin = this.#origin;
    if (origin === undefined || count < 2) {
      throw new ArgumentError(`statistics of features need at least 2 pictures, not ${count}`);
    }
    const { columns } = this;
    const covariance = new Float64Array(columns * columns);
    for (let i = 0; i < columns; i++) {
      for (let j = i; j < columns; j++) {
        const product = this.#products[i * columns + j]! - (this.#sums[i]! * this.#sums[j]!) / count;
        covariance[i * columns + j] = product / (count - 1);
        covariance[j * columns + i] = product / (count - 1);
      }
    }
    return { count, mean: this.#sums.map((sum, i) => origin[i]! + sum / count), covariance };
  }
}

/** Statistics of features that are all there. */
export function featureStatistics(features: FeatureMatrix): FeatureStatistics {
  const accumulator = new FeatureAccumulator(features.columns);
  accumulator.add(features);
  return accumulator.statistics();
}
