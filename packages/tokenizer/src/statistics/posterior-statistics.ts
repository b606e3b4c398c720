import { cast, evaluate, exp, ones, type Tensor } from '@softvq/core';
import { type GaussianPosterior, klDivergence } from '../gaussian-posterior.js';
import { LatentMoments, type LatentSums, latentSums } from './latent-moments.js';
import { RunningSums } from './running-sums.js';

/** Sums over a batch of posteriors, scalars. */
export interface PosteriorSums extends LatentSums {
  /** Of the variances of all latents. */
  readonly variances: Tensor;
  /** Of the images' divergences from the standard normal distribution, in nats. */
  readonly divergences: Tensor;
  readonly images: Tensor;
}

/** The posteriors of a data set. */
export interface PosteriorSummary {
  readonly images: number;
  /** Mean of the means of all latents. */
  readonly mean: number;
  /** Standard deviation of the means of all latents. */
  readonly meanStd: number;
  /** Root of the mean variance of the latents: how far samples are from the means. */
  readonly posteriorStd: number;
  /** Mean divergence of an image's posterior from the standard normal distribution, in nats. */
  readonly divergence: number;
}

/**
 * What a batch adds to the statistics of posteriors: a traced function.
 *
 * @param posterior what `KL` and `ConvolutionalKL` give for images.
 */
export function posteriorSums(posterior: Pick<GaussianPosterior, 'mean' | 'logVariance'>): PosteriorSums {
  // Counts and sums outgrow half precision.
  const [mean, logVariance] = [cast(posterior.mean, 'float32'), cast(posterior.logVariance, 'float32')];
  const divergences = klDivergence({ mean, logVariance });
  return {
    ...latentSums(mean),
    variances: exp(logVariance).sum(),
    divergences: divergences.sum(),
    images: ones(divergences.shape).sum(),
  };
}

/**
 * The normal posteriors of a data set, from one batch after the other.
 *
 *     const measure = compile(({ images }: { images: Tensor }) => posteriorSums(tokenizer.quantized(images)));
 *     const statistics = new PosteriorStatistics();
 *     for await (const images of batches) await statistics.add(await measure({ images }));
 *     console.log(statistics.summary());
 */
export class PosteriorStatistics {
  readonly #moments = new LatentMoments();
  readonly #sums = new RunningSums<'variances' | 'divergences' | 'images'>();

  /** Adds the sums of a batch, of any size, which stay as they are. */
  async add(sums: PosteriorSums): Promise<void> {
    await evaluate({ ...sums });
    const { variances, divergences, images, ...moments } = sums;
    await this.#moments.add(moments);
    await this.#sums.add({ variances, divergences, images });
  }

  /** @throws ArgumentError before the first batch. */
  summary(): PosteriorSummary {
    const { mean, std } = this.#moments.statistics();
    const [images, variances, divergences] = (['images', 'variances', 'divergences'] as const).map(
      (name) => this.#sums.of(name)[0]!,
    ) as [number, number, number];
    return {
      images,
      mean,
      meanStd: std,
      posteriorStd: Math.sqrt(variances / this.#moments.count),
      divergence: divergences / images,
    };
  }
}
