import { type DiffusionProcess, div, mean, minimum, stopGradient, type Tensor, take } from '@softvq/core';
import { lossTables } from './loss-tables.js';
import { splitPrediction } from './split-prediction.js';
import { variationalBound } from './variational-bound.js';

/** Data with noise, and how it was made: rows first. */
export interface NoisedData {
  /** (rows, …shape). */
  readonly data: Tensor;
  /** Standard normal, of the same shape. */
  readonly noise: Tensor;
  /** int32 (rows) from 0 to trainingSteps - 1. */
  readonly timesteps: Tensor;
}

/** What each row contributes to the loss: (rows). */
export interface DiffusionLossTerms {
  /** Mean squared error of the predicted noise. */
  readonly squaredError: Tensor;
  /** The variational bound in bits per number, of which only the predicted variances learn; where there are some. */
  readonly variational: Tensor | undefined;
}

/** √ᾱ · data + √(1 - ᾱ) · noise: what the network is shown. */
export function noisedLatents(process: DiffusionProcess, { data, noise, timesteps }: NoisedData): Tensor {
  const { dataFactor, noiseFactor } = lossTables(process);
  const at = (table: Tensor): Tensor => perRow(take(table, timesteps), data);
  return data.mul(at(dataFactor)).add(noise.mul(at(noiseFactor)));
}

/**
 * The hybrid objective of Nichol & Dhariwal (2021, section 3.1): the squared error of the noise, and with learned
 * variances the variational bound, through which the predicted noise does not learn.
 *
 * @param prediction of the network for `noisedLatents`.
 * @throws ShapeError when the prediction has other channels than the process asks for.
 */
export function diffusionLossTerms(
  process: DiffusionProcess,
  { data, noise, timesteps }: NoisedData,
  prediction: Tensor,
): DiffusionLossTerms {
  const tables = lossTables(process);
  const { mean: predicted, variance } = splitPrediction(prediction, data);
  // x̂₀ = x / √ᾱ - √(1 / ᾱ - 1) · ε̂, so that the data lies above its estimate where the prediction exceeds the noise.
  const error = predicted.sub(noise);
  const squaredError = rowMeans(error.square());
  if (process.variance !== 'learned-range' || variance === undefined) {
    return { squaredError, variational: undefined };
  }
  const at = (table: Tensor): Tensor => perRow(take(table, timesteps), data);
  const low = at(tables.lowLogVariance);
  const share = variance.add(1).mul(0.5);
  const bound = variationalBound({
    data,
    difference: stopGradient(error).mul(at(tables.meanError)),
    trueLogVariance: low,
    logVariance: low.add(share.mul(at(tables.highLogVariance).sub(low))),
    isFirst: perRow(timesteps, data).equal(0),
  });
  return { squaredError, variational: rowMeans(bound) };
}

/**
 * Weights (rows) of the squared error by which no timestep counts for more than others because it is easy (Hang et
 * al., "Efficient Diffusion Training via Min-SNR Weighting Strategy", 2023): min(SNR, limit) / SNR.
 */
export function minSnrWeights(process: DiffusionProcess, timesteps: Tensor, limit: number): Tensor {
  const ratio = take(lossTables(process).signalToNoise, timesteps);
  return div(minimum(ratio, limit), ratio);
}

/** Numbers (rows) with axes of 1 behind, to go with `like`. */
function perRow(numbers: Tensor, like: Tensor): Tensor {
  return numbers.reshape([numbers.shape[0]!, ...like.shape.slice(1).map(() => 1)]);
}

function rowMeans(x: Tensor): Tensor {
  return mean(x, x.shape.map((_, axis) => axis).slice(1));
}
