import { ArgumentError } from '@softvq/core';
import { assertFeatures, type FeatureMatrix } from './feature-matrix.js';

/**
 * exp of the mean divergence between the class probabilities of each picture and their mean (Salimans et al. 2016),
 * averaged over splits of consecutive pictures: 1 when all pictures look alike or nothing is recognised, at most the
 * number of classes.
 *
 * @param probabilities one row a picture, each summing to 1. @param splitSize pictures in a split; 5,000 is usual.
 * A shorter rest is a split of its own.
 */
export function inceptionScore(
  probabilities: FeatureMatrix,
  { splitSize = 5000 }: { splitSize?: number } = {},
): number {
  assertFeatures('inceptionScore', probabilities);
  const { rows, columns, data } = probabilities;
  if (rows === 0 || !Number.isInteger(splitSize) || splitSize < 1) {
    throw new ArgumentError(
      `inceptionScore needs pictures and a split size from 1, not ${rows} and ${splitSize}`,
    );
  }
  let sum = 0;
  let splits = 0;
  for (let start = 0; start < rows; start += splitSize, splits++) {
    const end = Math.min(rows, start + splitSize);
    sum += Math.exp(meanDivergence(data.subarray(start * columns, end * columns), columns));
  }
  return sum / splits;
}

/** Mean of Σ p (log p - log p̄) over rows; a class that is never probable adds nothing. */
function meanDivergence(data: Float32Array | Float64Array, columns: number): number {
  const rows = data.length / columns;
  const mean = new Float64Array(columns);
  for (let at = 0; at < data.length; at++) mean[at % columns]! += data[at]! / rows;
  let divergence = 0;
  for (let at = 0; at < data.length; at++) {
    const probability = data[at]!;
    if (probability > 0) divergence += probability * Math.log(probability / mean[at % columns]!);
  }
  return divergence / rows;
}
