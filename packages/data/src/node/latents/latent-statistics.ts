/** Mean and standard deviation over all numbers of all latents: what a generator's latents are normalised by. */
export interface LatentStatistics {
  readonly mean: number;
  /** Of the population. */
  readonly std: number;
}

/** Count, mean and sum of squared deviations, which add up over parts without loss. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squaredDeviations: number;
}

export const noMoments: Moments = { count: 0, mean: 0, squaredDeviations: 0 };

/** In two passes, in float64. */
export function momentsOf(values: Float32Array): Moments {
  if (values.length === 0) return noMoments;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squaredDeviations = 0;
  for (const value of values) squaredDeviations += (value - mean) ** 2;
  return { count: values.length, mean, squaredDeviations };
}

/** The moments of two parts together (Chan, Golub and LeVeque, 1983). */
export function joinMoments(a: Moments, b: Moments): Moments {
  const count = a.count + b.count;
  if (count === 0) return noMoments;
  const difference = b.mean - a.mean;
  return {
    count,
    mean: a.mean + (difference * b.count) / count,
    squaredDeviations:
      a.squaredDeviations + b.squaredDeviations + (difference ** 2 * a.count * b.count) / count,
  };
}

export function statisticsOf({ count, mean, squaredDeviations }: Moments): LatentStatistics {
  return { mean, std: Math.sqrt(squaredDeviations / count) };
}
