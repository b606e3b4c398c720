import {
  fromHost,
  type Generator,
  type InterpolantProcess,
  type LossDraws,
  mean,
  type RandomSource,
  type SampleEvent,
  type SampleOptions,
  type Tensor,
} from '@softvq/core';
import { assertOneOf } from './assert-one-of.js';
import {
  drawTrainingTimes,
  type LossWeighting,
  type TimeDistribution,
  trainingTimeNames,
} from './interpolant/draw-times.js';
import { interpolantLoss, interpolated } from './interpolant/loss.js';
import { assertTimeShift } from './interpolant/time-shift.js';
import { requireDraws } from './loss-draws.js';
import { disposeCompiled } from './sampling/compilations.js';
import { drawNormal } from './sampling/noise.js';
import { type LatentGenerator, sampleLatents } from './sampling/sample-latents.js';
import {
  DiffusionTransformer,
  type DiffusionTransformerOptions,
} from './transformer/diffusion-transformer.js';

export interface SiTOptions extends DiffusionTransformerOptions {
  /** Default `linear`. */
  readonly path?: InterpolantProcess['path'];
  /** Default `velocity`. */
  readonly prediction?: InterpolantProcess['prediction'];
  /** How the times of training are distributed. Default `lognormal`, as the SoftVQ paper trains. */
  readonly times?: TimeDistribution;
  /** Moves the times of training towards noise; see `shiftTime`. Default 1: not at all. */
  readonly timeShift?: number;
  /** How errors of noise or score predictions are weighted over time. Default `none`. */
  readonly weighting?: LossWeighting;
}

/**
 * A scalable interpolant transformer (Ma et al., "SiT: Exploring Flow and Diffusion-based Generative Models with
 * Scalable Interpolant Transformers", 2024) on latent tokens or grids. Time 1 is noise, as in the SoftVQ paper.
 *
 *     const sit = new SiT({ ...presets['sit-xl'], latentShape: [64, 32] });
 */
export class SiT
  extends DiffusionTransformer<SiTOptions>
  implements Generator<'interpolant'>, LatentGenerator<'interpolant'>
{
  readonly name = 'SiT';
  readonly processKind = 'interpolant';
  readonly process: InterpolantProcess;

  /** @throws ArgumentError for numbers out of range, and sizes that do not fit together. */
  constructor(options: SiTOptions) {
    super(options, 1);
    const { path = 'linear', prediction = 'velocity', timeShift = 1 } = options;
    assertTimeShift(timeShift);
    assertOneOf('path', path, ['linear', 'cosine', 'variance-preserving']);
    assertOneOf('prediction', prediction, ['velocity', 'noise', 'score']);
    this.process = { kind: 'interpolant', path, prediction };
  }

  /** As the `Generator` contract says. The default sampler is `heun`, which works whatever the path in training was. */
  sample(options: SampleOptions<'interpolant'>): AsyncGenerator<SampleEvent, void, void> {
    return sampleLatents(this, options, 'heun');
  }

  /** Times, noise, and what decides which labels are dropped, drawn in this order. */
  drawLoss(batch: number, random: RandomSource): LossDraws {
    const { times = 'lognormal', timeShift = 1, weighting = 'none' } = this.options;
    return {
      ...drawTrainingTimes(this.process, batch, random, { times, timeShift, weighting }),
      noise: drawNormal([random], [batch, ...this.latentShape]),
      labelUniform: fromHost({ dtype: 'float32', shape: [batch], data: random.uniform(batch) }),
    };
  }

  /** The weighted squared error of the prediction, averaged over the batch. */
  loss(latents: Tensor, labels: Tensor, draws: LossDraws): Tensor {
    const at = requireDraws(draws, [...trainingTimeNames, 'noise', 'labelUniform']);
    const interpolant = { data: latents, noise: at.noise, at };
    const prediction = this.predict(
      interpolated(interpolant),
      at.times,
      this.dropLabels(labels, at.labelUniform),
    );
    return mean(interpolantLoss(interpolant, prediction));
  }

  dispose(): Promise<void> {
    return disposeCompiled(this);
  }
}
