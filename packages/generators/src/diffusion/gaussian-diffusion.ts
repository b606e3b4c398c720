import { ArgumentError, type DiffusionProcess } from '@softvq/core';
import { noiseSchedule } from './noise-schedule.js';

/**
 * The numbers of a diffusion at each of its steps, in float64 (Ho et al. 2020; Nichol & Dhariwal 2021). Step 0 is next
 * to the data.
 */
export interface GaussianDiffusion {
  /** Which timestep of the training chain each step is: what the network is told. */
  readonly timesteps: readonly number[];
  /** Variances β of the steps. */
  readonly betas: Float64Array;
  /** ᾱ: the share of the data's variance that is left after each step. */
  readonly signal: Float64Array;
  /** ᾱ before each step; 1 before the first. */
  readonly signalBefore: Float64Array;
  /** Variance β̃ of the step before given this one and the data. */
  readonly posteriorVariance: Float64Array;
  /** Its logarithm, with the second in place of the first, which would be -∞. */
  readonly posteriorLogVariance: Float64Array;
  /** Factors of the data and of the latents in the mean of the step before. */
  readonly posteriorMeanData: Float64Array;
  readonly posteriorMeanLatents: Float64Array;
}

/** The whole chain that a process is trained on. */
export function trainingDiffusion({ schedule, trainingSteps }: DiffusionProcess): GaussianDiffusion {
  if (!(Number.isSafeInteger(trainingSteps) && trainingSteps >= 2)) {
    throw new ArgumentError(`a diffusion has 2 steps or more, not ${trainingSteps}`);
  }
  const betas = noiseSchedule(schedule, trainingSteps);
  return gaussianDiffusion(
    betas,
    Array.from(betas, (_, i) => i),
  );
}

/** A chain that visits only some of the timesteps, with the same noise at each of them. */
export function respacedDiffusion(
  process: DiffusionProcess,
  timesteps: readonly number[],
): GaussianDiffusion {
  const { signal } = trainingDiffusion(process);
  let before = 1;
  const betas = Float64Array.from(timesteps, (timestep) => {
    const beta = 1 - signal[timestep]! / before;
    before = signal[timestep]!;
    return beta;
  });
  return gaussianDiffusion(betas, timesteps);
}

function gaussianDiffusion(betas: Float64Array, timesteps: readonly number[]): GaussianDiffusion {
  let product = 1;
  const signal = betas.map((beta) => {
    product *= 1 - beta;
    return product;
  });
  const signalBefore = Float64Array.from(signal, (_, i) => (i === 0 ? 1 : signal[i - 1]!));
  const posteriorVariance = betas.map((beta, i) => (beta * (1 - signalBefore[i]!)) / (1 - signal[i]!));
  return {
    timesteps,
    betas,
    signal,
    signalBefore,
    posteriorVariance,
    posteriorLogVariance: posteriorVariance.map((variance, i) =>
      Math.log(i === 0 ? (posteriorVariance[1] ?? betas[0]!) : variance),
    ),
    posteriorMeanData: betas.map((beta, i) => (beta * Math.sqrt(signalBefore[i]!)) / (1 - signal[i]!)),
    posteriorMeanLatents: betas.map(
      (beta, i) => ((1 - signalBefore[i]!) * Math.sqrt(1 - beta)) / (1 - signal[i]!),
    ),
  };
}

/**
 * The logarithms of a step's variance that belong to the network's -1 and 1. With a fixed variance both are it.
 */
export function logVarianceBounds(
  { betas, posteriorVariance, posteriorLogVariance }: GaussianDiffusion,
  variance: DiffusionProcess['variance'],
  step: number,
): { readonly low: number; readonly high: number } {
  const low = posteriorLogVariance[step]!;
  switch (variance) {
    case 'learned-range':
      return { low, high: Math.log(betas[step]!) };
    case 'fixed-small':
      return { low, high: low };
    case 'fixed-large': {
      // The first step would add more noise than is right where nothing follows it.
      const log = Math.log(step === 0 ? (posteriorVariance[1] ?? betas[0]!) : betas[step]!);
      return { low: log, high: log };
    }
  }
}
