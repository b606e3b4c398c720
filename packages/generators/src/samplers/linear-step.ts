import type { Denoise, SamplerState, SamplerStep, Tensor } from '@softvq/core';
import { splitPrediction } from '../diffusion/split-prediction.js';

/** What one evaluation becomes: factors of tensors, which are added up. */
export interface LinearCoefficients {
  /** What the network is told. */
  readonly time: number;
  /** Of the noise that is added before the network looks: `point` = latents + noiseBefore · noise. */
  readonly noiseBefore: number;
  /** Of the next latents. */
  readonly base: number;
  readonly point: number;
  readonly prediction: number;
  readonly noiseAfter: number;
  /** Of the latents without noise. */
  readonly denoisedPoint: number;
  readonly denoisedPrediction: number;
}

/**
 * The step of nearly all samplers: one evaluation, and the next latents as a linear combination.
 *
 * State: `latents`; `base`, which is not seen by the network; `noise`. Where a factor is 0 the tensor is any finite
 * one of the shape. Results: `latents`, `denoised` and `point`, where the network looked.
 */
export const linearStep: SamplerStep = (
  denoise: Denoise,
  { latents, base, noise }: SamplerState,
  scalars: Readonly<Record<string, Tensor>>,
) => {
  const of = (name: keyof LinearCoefficients): Tensor => scalars[name]!;
  const point = latents!.add(noise!.mul(of('noiseBefore')));
  const prediction = splitPrediction(denoise(point, of('time')), point).mean;
  return {
    point,
    latents: base!
      .mul(of('base'))
      .add(point.mul(of('point')))
      .add(prediction.mul(of('prediction')))
      .add(noise!.mul(of('noiseAfter'))),
    denoised: point.mul(of('denoisedPoint')).add(prediction.mul(of('denoisedPrediction'))),
  };
};
