/** Mean, variance, skewness and excess kurtosis. */
export function moments(values: ArrayLike<number>): {
  mean: number;
  variance: number;
  skewness: number;
  kurtosis: number;
} {
  let mean = 0;
  for (let index = 0; index < values.length; index++) mean += values[index]!;
  mean /= values.length;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let index = 0; index < values.length; index++) {
    const deviation = values[index]! - mean;
    second += deviation ** 2;
    third += deviation ** 3;
    fourth += deviation ** 4;
  }
  const variance = second / values.length;
  return {
    mean,
    variance,
    skewness: third / values.length / variance ** 1.5,
    kurtosis: fourth / values.length / variance ** 2 - 3,
  };
}

/** The Kolmogorov-Smirnov distance times √n. Beyond 1.95 once in a thousand when `cumulative` is right. */
export function kolmogorovSmirnov(values: Float32Array, cumulative: (value: number) => number): number {
  const sorted = values.toSorted();
  let distance = 0;
  sorted.forEach((value, index) => {
    const expected = cumulative(value);
    distance = Math.max(distance, expected - index / sorted.length, (index + 1) / sorted.length - expected);
  });
  return distance * Math.sqrt(sorted.length);
}

/** The chi-squared statistic in standard deviations from its mean: normal for many categories. */
export function chiSquared(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const expected = total / counts.length;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

/** Pearson's correlation times √n: standard normal for independent values. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const { mean: meanA, variance: varianceA } = moments(a);
  const { mean: meanB, variance: varianceB } = moments(b);
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index]! - meanA) * (b[index]! - meanB);
  return sum / Math.sqrt(a.length * varianceA * varianceB);
}

/**
 * The distribution function of a standard normal number conditioned on [low, high], by Simpson's rule on the
 * density relative to its value at `peak`, so that far tails do not vanish.
 */
export function truncatedNormalCumulative(low: number, high: number): (value: number) => number {
  const peak = Math.max(low, Math.min(high, 0));
  const reach = Math.min(10, 40 / Math.max(Math.abs(peak), 1));
  const from = Math.max(low, peak - reach);
  const to = Math.min(high, peak + reach);
  const steps = 20_000;
  const step = (to - from) / steps;
  const density = (value: number) => Math.exp((peak - value) * (peak + value) * 0.5);
  const sums = new Float64Array(steps + 1);
  for (let index = 0; index < steps; index++) {
    const start = from + index * step;
    sums[index + 1] =
      sums[index]! + ((density(start) + 4 * density(start + step / 2) + density(start + step)) * step) / 6;
  }
  const total = sums[steps]!;
  return (value) => {
    const place = Math.min(Math.max((value - from) / step, 0), steps);
    const index = Math.min(Math.floor(place), steps - 1);
    return (sums[index]! + (sums[index + 1]! - sums[index]!) * (place - index)) / total;
  };
}
