import { type DiffusionProcess, deferred, type Tensor } from '@softvq/core';
import { logVarianceBounds, trainingDiffusion } from './gaussian-diffusion.js';

/** What the training loss needs to know of each timestep: float32 (trainingSteps). */
export interface LossTables {
  /** √ᾱ: factor of the data in the latents. */
  readonly dataFactor: Tensor;
  /** √(1 - ᾱ): factor of the noise. */
  readonly noiseFactor: Tensor;
  /** What an error of the predicted noise becomes in the mean of the step before. */
  readonly meanError: Tensor;
  /** The bounds of the logarithm of the variance. The lower is the posterior's. */
  readonly lowLogVariance: Tensor;
  readonly highLogVariance: Tensor;
  /** ᾱ / (1 - ᾱ): the signal-to-noise ratio. */
  readonly signalToNoise: Tensor;
}

/** The numbers of a process, worked out once in float64. */
const numbersOf = new WeakMap<DiffusionProcess, Readonly<Record<keyof LossTables, Float32Array>>>();

/** The tables of a process, as constants of the graph that is being traced. */
export function lossTables(process: DiffusionProcess): LossTables {
  const numbers = numbersOf.get(process) ?? computeTables(process);
  numbersOf.set(process, numbers);
  const constant = (data: Float32Array): Tensor => deferred('float32', [data.length], () => data);
  return {
    dataFactor: constant(numbers.dataFactor),
    noiseFactor: constant(numbers.noiseFactor),
    meanError: constant(numbers.meanError),
    lowLogVariance: constant(numbers.lowLogVariance),
    highLogVariance: constant(numbers.highLogVariance),
    signalToNoise: constant(numbers.signalToNoise),
  };
}

function computeTables(process: DiffusionProcess): Record<keyof LossTables, Float32Array> {
  const diffusion = trainingDiffusion(process);
  const { signal, posteriorMeanData } = diffusion;
  const table = (value: (step: number) => number): Float32Array =>
    Float32Array.from(signal, (_, step) => value(step));
  const bounds = (step: number) => logVarianceBounds(diffusion, 'learned-range', step);
  return {
    dataFactor: table((step) => Math.sqrt(signal[step]!)),
    noiseFactor: table((step) => Math.sqrt(1 - signal[step]!)),
    meanError: table((step) => posteriorMeanData[step]! * Math.sqrt(1 / signal[step]! - 1)),
    lowLogVariance: table((step) => bounds(step).low),
    highLogVariance: table((step) => bounds(step).high),
    signalToNoise: table((step) => signal[step]! / (1 - signal[step]!)),
  };
}
