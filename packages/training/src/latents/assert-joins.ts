import { ArgumentError } from '@softvq/core';
import type { LatentStatistics } from '@softvq/tokenizer';

/** Latents as a tokenizer makes them, or as a generator was trained on them. */
export interface LatentSpace {
  /** Of one image. */
  readonly latentShape: readonly number[];
  /** What they are normalised by. */
  readonly latentStatistics?: LatentStatistics | undefined;
}

/** Relative difference of statistics that were computed alike, and written and read. */
const rounding = 1e-5;

/** How far normalised latents may be from mean 0 and deviation 1 to be learnt from as such. */
const largestMean = 0.25;
const deviations = { least: 0.8, most: 1.25 };

/**
 * A generator draws latents that a tokenizer decodes: both must mean the same by them.
 *
 * @throws ArgumentError when shapes or statistics disagree, or the tokenizer has no statistics.
 */
export function assertJoins(tokenizer: LatentSpace, generator: LatentSpace): LatentStatistics {
  const { latentStatistics: own } = tokenizer;
  const { latentStatistics: other } = generator;
  if (tokenizer.latentShape.join() !== generator.latentShape.join()) {
    throw new ArgumentError(
      `the tokenizer makes latents of (${tokenizer.latentShape.join(', ')}) and the generator is for (${generator.latentShape.join(', ')}); choose a generator for this tokenizer`,
    );
  }
  if (own === undefined) {
    throw new ArgumentError(
      'the tokenizer has no latent statistics (vq_mean and vq_std of its config), by which a generator sees its latents; measure and save them first',
    );
  }
  const apart = other && Math.max(Math.abs(own.mean - other.mean), Math.abs(own.std - other.std)) / own.std;
  if (apart !== undefined && apart > rounding) {
    throw new ArgumentError(
      `the generator was trained on latents of mean ${other!.mean} and deviation ${other!.std}, and those of the tokenizer have ${own.mean} and ${own.std}; it belongs to another tokenizer`,
    );
  }
  return own;
}

/**
 * @param statistics by which latents are normalised. @param measured of the latents themselves.
 * @throws ArgumentError when normalised latents would be far from mean 0 and deviation 1.
 */
export function assertNormalizes(
  statistics: LatentStatistics,
  measured: LatentStatistics,
  where: string,
): void {
  const mean = (measured.mean - statistics.mean) / statistics.std;
  const std = measured.std / statistics.std;
  if (Math.abs(mean) <= largestMean && std >= deviations.least && std <= deviations.most) return;
  throw new ArgumentError(
    `the latents in ${where} have mean ${measured.mean} and deviation ${measured.std}, far from the ${statistics.mean} and ${statistics.std} of the tokenizer's config (vq_mean and vq_std): measure these on such pictures and save them with the tokenizer`,
  );
}
