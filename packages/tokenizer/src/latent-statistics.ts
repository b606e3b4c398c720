import { ArgumentError } from '@softvq/core';

/** Mean and standard deviation of all numbers of all latents over a data set. */
export interface LatentStatistics {
  readonly mean: number;
  /** Above 0. */
  readonly std: number;
}

/** @throws ArgumentError unless both are finite and the deviation is above 0. */
export function assertLatentStatistics({ mean, std }: LatentStatistics): void {
  if (!Number.isFinite(mean) || !Number.isFinite(std) || !(std > 0)) {
    throw new ArgumentError(
      `latent statistics need a finite mean and a standard deviation above 0, not ${mean} and ${std}`,
    );
  }
}
