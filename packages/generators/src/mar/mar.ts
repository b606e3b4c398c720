import type {
  DiffusionProcess,
  Generator,
  LossDraws,
  RandomSource,
  SampleEvent,
  SampleOptions,
  Tensor,
} from '@softvq/core';
import { Compilations } from '../sampling/compilations.js';
import type { LatentLayout, LatentShape } from '../transformer/latent-layout.js';
import { drawMaskedLoss } from './draw-loss.js';
import { headTrainingSteps, type MAROptions } from './mar-options.js';
import { maskedLoss } from './masked-loss.js';
import { MaskedTransformer, tokenLayout } from './masked-transformer.js';
import { sampleTokens } from './sample-tokens.js';

/**
 * A masked autoregressive generator (Li et al., "Autoregressive Image Generation without Vector Quantization", 2024):
 * it fills in the tokens of an image in a random order, some at a time, and a diffusion head draws each token given
 * what a transformer says of it.
 *
 *     const mar = new MAR({ ...presets['mar-b'], latentShape: [64, 32] });
 */
export class MAR extends MaskedTransformer implements Generator<'diffusion'> {
  readonly specVersion = 1 as const;
  readonly name = 'MAR';
  readonly processKind = 'diffusion';
  /** Of the head. */
  readonly process: DiffusionProcess;
  readonly latentShape: LatentShape;
  readonly patchSize: number;
  readonly classes: number;
  /** How many tokens there are, and of what width. */
  readonly layout: LatentLayout;
  /** How many steps the head takes for a token while sampling. */
  readonly headSteps: number;

  /** @throws ArgumentError for numbers out of range, and sizes that do not fit together. */
  constructor(options: MAROptions) {
    super(options);
    const { latentShape, patchSize, classes, headSteps, clipDenoised } = this.settings;
    this.latentShape = latentShape;
    this.patchSize = patchSize;
    this.classes = classes;
    this.headSteps = headSteps;
    this.layout = tokenLayout(this.settings);
    this.process = {
      kind: 'diffusion',
      schedule: 'cosine',
      trainingSteps: headTrainingSteps,
      variance: 'learned-range',
      ...(clipDenoised !== undefined && { clipDenoised }),
    };
  }

  /**
   * As the `Generator` contract says. A step fills in tokens of every image, at least one, so that there are at most
   * as many steps as tokens; the default is all, and at most 64.
   *
   * The sampler is that of the head, by default `ddpm`. By its name it takes `headSteps` for the tokens of each step,
   * as an object its own default. The guidance interval and the temperature are those of the head. Events count
   * evaluations of the transformer, not of the head, and previews are 0 where nothing is known.
   */
  sample(options: SampleOptions<'diffusion'>): AsyncGenerator<SampleEvent, void, void> {
    return sampleTokens(this, options);
  }

  /**
   * As the `Generator` contract says: orders and masks, dropped labels, timesteps, noise, and a seed for dropout. All
   * shapes are those of the batch, whatever is masked.
   */
  drawLoss(batch: number, random: RandomSource): LossDraws {
    const { trainingSteps } = this.process;
    return drawMaskedLoss(this.settings, { batch, trainingSteps }, random);
  }

  /**
   * The loss of the diffusion head over the masked tokens: squared error of the noise and variational bound of the
   * variance, as a mean over tokens and channels.
   */
  loss(latents: Tensor, labels: Tensor, draws: LossDraws): Tensor {
    const { settings, process } = this;
    return maskedLoss({ network: this, settings, process, latents, labels, draws });
  }

  dispose(): Promise<void> {
    return Compilations.of(this).dispose();
  }
}
