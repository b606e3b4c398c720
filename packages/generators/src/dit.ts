import {
  ArgumentError,
  cast,
  type DiffusionProcess,
  fromHost,
  type Generator,
  type LossDraws,
  mean,
  type RandomSource,
  type SampleEvent,
  type SampleOptions,
  type Tensor,
} from '@softvq/core';
import { assertPositive } from './assert-positive.js';
import { diffusionLossTerms, minSnrWeights, noisedLatents } from './diffusion/loss.js';
import { requireDraws } from './loss-draws.js';
import { disposeCompiled } from './sampling/compilations.js';
import { drawNormal } from './sampling/noise.js';
import { type LatentGenerator, sampleLatents } from './sampling/sample-latents.js';
import {
  DiffusionTransformer,
  type DiffusionTransformerOptions,
} from './transformer/diffusion-transformer.js';

export interface DiTOptions extends DiffusionTransformerOptions {
  /** Of the noise. Default `linear`, as published; `cosine` suits latent tokens. */
  readonly schedule?: DiffusionProcess['schedule'];
  /** Length of the chain. Default 1000. */
  readonly trainingSteps?: number;
  /** Default `learned-range`, for which the network has twice the outputs. */
  readonly variance?: DiffusionProcess['variance'];
  /**
   * Limit of the signal-to-noise ratio by which errors are weighted while training (Hang et al. 2023), usually 5.
   * Default none: all timesteps count alike.
   */
  readonly minSnr?: number;
  /** Bound of the latents that samplers estimate, in the units of the latents; see `DiffusionProcess`. Default none. */
  readonly clipDenoised?: number;
}

/**
 * A diffusion transformer (Peebles & Xie, "Scalable Diffusion Models with Transformers", 2023) on latent tokens or
 * grids.
 *
 *     const dit = new DiT({ ...presets['dit-b'], latentShape: [64, 32] });
 */
export class DiT
  extends DiffusionTransformer<DiTOptions>
  implements Generator<'diffusion'>, LatentGenerator<'diffusion'>
{
  readonly name = 'DiT';
  readonly processKind = 'diffusion';
  readonly process: DiffusionProcess;

  /** @throws ArgumentError for numbers out of range, and sizes that do not fit together. */
  constructor(options: DiTOptions) {
    const { schedule = 'linear', trainingSteps = 1000, variance = 'learned-range' } = options;
    const { minSnr, clipDenoised } = options;
    super(options, variance === 'learned-range' ? 2 : 1);
    if (!(Number.isSafeInteger(trainingSteps) && trainingSteps >= 2)) {
      throw new ArgumentError(`trainingSteps is a whole number from 2, not ${trainingSteps}`);
    }
    assertPositive('minSnr', minSnr);
    assertPositive('clipDenoised', clipDenoised);
    this.process = {
      kind: 'diffusion',
      schedule,
      trainingSteps,
      variance,
      ...(clipDenoised !== undefined && { clipDenoised }),
    };
  }

  /** As the `Generator` contract says. The default sampler is `ddpm`. */
  sample(options: SampleOptions<'diffusion'>): AsyncGenerator<SampleEvent, void, void> {
    return sampleLatents(this, options, 'ddpm');
  }

  /** Timesteps, noise, and what decides which labels are dropped, drawn in this order. */
  drawLoss(batch: number, random: RandomSource): LossDraws {
    const timesteps = random.integers(batch, { high: this.process.trainingSteps });
    return {
      timesteps: fromHost({ dtype: 'int32', shape: [batch], data: timesteps }),
      noise: drawNormal([random], [batch, ...this.latentShape]),
      labelUniform: fromHost({ dtype: 'float32', shape: [batch], data: random.uniform(batch) }),
    };
  }

  /** The squared error of the noise plus, with learned variances, the variational bound, averaged over the batch. */
  loss(latents: Tensor, labels: Tensor, draws: LossDraws): Tensor {
    const { timesteps, noise, labelUniform } = requireDraws(draws, ['timesteps', 'noise', 'labelUniform']);
    const noised = { data: latents, noise, timesteps };
    const prediction = this.predict(
      noisedLatents(this.process, noised),
      cast(timesteps, 'float32'),
      this.dropLabels(labels, labelUniform),
    );
    const { squaredError, variational } = diffusionLossTerms(this.process, noised, prediction);
    const { minSnr } = this.options;
    const weighted =
      minSnr === undefined ? squaredError : squaredError.mul(minSnrWeights(this.process, timesteps, minSnr));
    return mean(variational === undefined ? weighted : weighted.add(variational));
  }

  dispose(): Promise<void> {
    return disposeCompiled(this);
  }
}
