import type { ResampleFilter } from './resample-filter.js';

/** Bits after the point of fixed-point weights: 32 less 8 of a pixel and 2 for sums beyond its range. */
export const fractionBits = 22;

/** Along one axis: which source pixels each target pixel is the weighted sum of. */
export interface ResampleWeights {
  /** The first source pixel of each target pixel. */
  readonly starts: Int32Array;
  /** How many source pixels each has. */
  readonly counts: Int32Array;
  /** Fixed-point weights, `stride` places for each target pixel. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/**
 * The weights with which Pillow resamples 8-bit pictures: the filter is widened by the factor by which the picture
 * shrinks, cut off at the border, normalised to a sum of 1 in float64 and rounded to fixed point.
 *
 * @param from target pixels are computed from this one on, `count` of them: a window of all `targetSize`.
 */
export function resampleWeights(
  filter: ResampleFilter,
  sourceSize: number,
  targetSize: number,
  from: number,
  count: number,
): ResampleWeights {
  const scale = sourceSize / targetSize;
  const widening = Math.max(scale, 1);
  const support = filter.support * widening;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const exact = new Float64Array(stride);
  for (let target = 0; target < count; target++) {
    const center = (from + target + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const length = Math.min(sourceSize, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < length; tap++) {
      exact[tap] = filter.weight((start + tap - center + 0.5) * (1 / widening));
      sum += exact[tap]!;
    }
    for (let tap = 0; tap < length; tap++) {
      const weight = (sum === 0 ? exact[tap]! : exact[tap]! / sum) * 2 ** fractionBits;
      weights[target * stride + tap] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    starts[target] = start;
    counts[target] = length;
  }
  return { starts, counts, weights, stride };
}
