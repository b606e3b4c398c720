import { ArgumentError } from '@softvq/core';
import { assertFeatures, type FeatureMatrix } from './feature-matrix.js';

export interface PrecisionRecall {
  /** Share of samples that lie among real pictures: how good they look. */
  readonly precision: number;
  /** Share of real pictures that lie among samples: how much of the variety is covered. */
  readonly recall: number;
}

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019): a picture lies among others when it is no farther from
 * one of them than that one's own k-th nearest neighbour.
 *
 * @param neighbours k, by default 3.
 * @throws ArgumentError when a set has no more pictures than k, or widths differ.
 */
export function precisionRecall(
  real: FeatureMatrix,
  samples: FeatureMatrix,
  { neighbours = 3 }: { neighbours?: number } = {},
): PrecisionRecall {
  assertFeatures('precisionRecall: real pictures', real);
  assertFeatures('precisionRecall: samples', samples);
  if (real.columns !== samples.columns) {
    throw new ArgumentError(
      `precisionRecall: features of ${real.columns} and ${samples.columns} columns are not of one network`,
    );
  }
  if (Math.min(real.rows, samples.rows) <= neighbours) {
    throw new ArgumentError(
      `precisionRecall with ${neighbours} neighbours needs more pictures than that in both sets; they have ${real.rows} and ${samples.rows}`,
    );
  }
  return {
    precision: shareAmong(samples, real, neighbours),
    recall: shareAmong(real, samples, neighbours),
  };
}

/** Share of the points that lie within the radius of at least one centre. */
function shareAmong(points: FeatureMatrix, centres: FeatureMatrix, neighbours: number): number {
  const radii = Float64Array.from({ length: centres.rows }, (_, i) => radius(centres, i, neighbours));
  let inside = 0;
  for (let i = 0; i < points.rows; i++) {
    for (let j = 0; j < centres.rows; j++) {
      if (squaredDistance(points, i, centres, j) <= radii[j]!) {
        inside++;
        break;
      }
    }
  }
  return inside / points.rows;
}

/** Squared distance of a point to its k-th nearest neighbour in its own set. */
function radius(points: FeatureMatrix, at: number, neighbours: number): number {
  const nearest = new Float64Array(neighbours).fill(Number.POSITIVE_INFINITY);
  for (let other = 0; other < points.rows; other++) {
    if (other === at) continue;
    let distance = squaredDistance(points, at, points, other);
    for (let i = 0; i < neighbours; i++) {
      if (distance >= nearest[i]!) continue;
      [distance, nearest[i]] = [nearest[i]!, distance];
    }
  }
  return nearest[neighbours - 1]!;
}

function squaredDistance(first: FeatureMatrix, i: number, second: FeatureMatrix, j: number): number {
  const { columns } = first;
  let sum = 0;
  for (let k = 0; k < columns; k++) {
    const difference = first.data[i * columns + k]! - second.data[j * columns + k]!;
    sum += difference * difference;
  }
  return sum;
}
