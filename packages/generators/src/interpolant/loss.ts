import { mean, type Tensor } from '@softvq/core';
import type { TrainingTimes } from './draw-times.js';

export interface InterpolantData {
  /** (batch, …shape). */
  readonly data: Tensor;
  /** Standard normal, of the same shape. */
  readonly noise: Tensor;
  readonly at: TrainingTimes;
}

/** Alpha · data + sigma · noise: what the network is shown. */
export function interpolated({ data, noise, at }: InterpolantData): Tensor {
  return combined(data, at.alpha, noise, at.sigma);
}

/** The weighted squared error of a prediction for `interpolated`, for each image: (batch). */
export function interpolantLoss({ data, noise, at }: InterpolantData, prediction: Tensor): Tensor {
  const target = combined(data, at.targetData, noise, at.targetNoise);
  const error = prediction.mul(perImage(at.outputFactor, data)).sub(target);
  const axes = data.shape.map((_, axis) => axis).slice(1);
  return mean(error.square(), axes).mul(at.weight);
}

function combined(data: Tensor, ofData: Tensor, noise: Tensor, ofNoise: Tensor): Tensor {
  return data.mul(perImage(ofData, data)).add(noise.mul(perImage(ofNoise, data)));
}

/** Numbers (batch) with axes of 1 behind, to go with `like`. */
function perImage(numbers: Tensor, like: Tensor): Tensor {
  return numbers.reshape([numbers.shape[0]!, ...like.shape.slice(1).map(() => 1)]);
}
