import type { SamplingTask, Tensor } from '@softvq/core';
import type { Combination } from '../interpolant/conversions.js';

/** What a linear step starts from. */
export interface LinearState {
  readonly latents: Tensor;
  /** Default none. */
  readonly base?: Tensor;
  /** Disposed after the step. Default none. */
  readonly noise?: Tensor | undefined;
}

/** Factors of a linear step; those that are not given are 0. */
export interface LinearFactors {
  readonly time: number;
  readonly noiseBefore?: number;
  readonly base?: number;
  readonly point: number;
  readonly prediction: number;
  readonly noiseAfter?: number;
  readonly denoised: Combination;
}

/** Results of a linear step, for the caller to dispose. */
export interface LinearResults {
  /** Where the network looked. */
  readonly point: Tensor;
  readonly latents: Tensor;
  readonly denoised: Tensor;
}

/** Runs the step `step`, which is `linearStep`, of a task. */
export async function runLinearStep(
  task: SamplingTask,
  { latents, base, noise }: LinearState,
  { denoised, ...factors }: LinearFactors,
  time: number,
): Promise<LinearResults> {
  const results = await task.run(
    'step',
    // What is not there has the factor 0: any finite tensor of the shape will do.
    { latents, base: base ?? latents, noise: noise ?? latents },
    {
      noiseBefore: 0,
      base: 0,
      noiseAfter: 0,
      ...factors,
      denoisedPoint: denoised.latents,
      denoisedPrediction: denoised.prediction,
    },
    time,
  );
  noise?.dispose();
  return { point: results['point']!, latents: results['latents']!, denoised: results['denoised']! };
}
