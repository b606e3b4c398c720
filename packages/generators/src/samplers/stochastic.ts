import { ArgumentError, type InterpolantProcess, type SamplingTask } from '@softvq/core';
import { assertOneOf } from '../assert-one-of.js';
import { added, type Combination, type Estimates, estimatesOf, scaled } from '../interpolant/conversions.js';
import { type DiffusionForm, diffusionCoefficient } from '../interpolant/diffusion-coefficient.js';
import { pathAt, timeRange } from '../interpolant/path.js';
import { assertTimeShift, shiftTime } from '../interpolant/time-shift.js';
import type { TimeGridOptions } from './euler.js';
import { linspace } from './time-grid.js';

/** How a stochastic sampler gets rid of the last noise. */
export type LastStep = 'mean' | 'tweedie' | 'euler' | 'none';

export interface StochasticOptions extends TimeGridOptions {
  /** The form of the diffusion coefficient over time. Default `linear`: D = t. */
  readonly diffusion?: DiffusionForm;
  /** What the coefficient is multiplied by; `decreasing` has its own place for it. Default 1. */
  readonly diffusionScale?: number;
  /**
   * The last of the steps: along the drift without noise (`mean`, the default), to the denoised latents (`tweedie`),
   * along the probability flow (`euler`), or not at all (`none`).
   */
  readonly lastStep?: LastStep;
  /** The time, before any shift, at which the last step begins. Default 0.04. */
  readonly lastStepSize?: number;
}

const forms: readonly DiffusionForm[] = [
  'constant',
  'sbdm',
  'sigma',
  'linear',
  'decreasing',
  'increasing-decreasing',
];
const lastSteps: readonly LastStep[] = ['mean', 'tweedie', 'euler', 'none'];

/** @throws ArgumentError for options out of range. */
export function checkedStochasticOptions({
  timeShift = 1,
  diffusion = 'linear',
  diffusionScale = 1,
  lastStep = 'mean',
  lastStepSize = 0.04,
}: StochasticOptions): Required<StochasticOptions> {
  assertTimeShift(timeShift);
  assertOneOf('diffusion', diffusion, forms);
  assertOneOf('lastStep', lastStep, lastSteps);
  if (!(Number.isFinite(diffusionScale) && diffusionScale >= 0)) {
    throw new ArgumentError(`diffusionScale is a number from 0, not ${diffusionScale}`);
  }
  if (!(lastStepSize > 0 && lastStepSize < 1)) {
    throw new ArgumentError(`lastStepSize is a time between 0 and 1, not ${lastStepSize}`);
  }
  return { timeShift, diffusion, diffusionScale, lastStep, lastStepSize };
}

/** An interval of a stochastic sampler, from noise towards data. */
export interface StochasticInterval {
  readonly time: number;
  /** Negative. */
  readonly step: number;
}

/** Where sampling ends without a last step: at 0 the score is infinite. */
const leastTime = 1e-3;

/**
 * The times of a stochastic sampler: the steps but the last are spread evenly, and the last goes on to 0.
 */
export function stochasticIntervals(
  { process, steps }: SamplingTask<InterpolantProcess>,
  { timeShift, diffusion, lastStep, lastStepSize }: Required<StochasticOptions>,
): StochasticInterval[] {
  const [, noise] = timeRange(process, 'sampling');
  // The coefficient of score-based models has no value where nothing is left of the data.
  const first = diffusion === 'sbdm' && process.path !== 'variance-preserving' ? 1 - 1e-3 : noise;
  const grid = linspace(first, lastStep === 'none' ? leastTime : lastStepSize, steps);
  const times = [...grid, 0].map((time) => shiftTime(time, timeShift));
  return times.slice(0, -1).map((time, i) => ({ time, step: times[i + 1]! - time }));
}

/** What drives a stochastic sampler at a time. */
export interface StochasticForces {
  readonly estimates: Estimates;
  /** v - D · score. */
  readonly drift: Combination;
  /** D. */
  readonly diffusion: number;
}

export function forcesAt(
  { path, prediction }: InterpolantProcess,
  { diffusion, diffusionScale }: Required<StochasticOptions>,
  time: number,
): StochasticForces {
  const point = pathAt(path, time);
  const estimates = estimatesOf(prediction, point);
  const coefficient = diffusionCoefficient(diffusion, diffusionScale, time, point);
  return {
    estimates,
    drift: added(estimates.velocity, scaled(estimates.score, -coefficient)),
    diffusion: coefficient,
  };
}

/** The latents after the last step, as factors of latents and prediction. */
export function lastCombination(
  lastStep: Exclude<LastStep, 'none'>,
  { drift, estimates }: StochasticForces,
  step: number,
): Combination {
  if (lastStep === 'tweedie') return estimates.data;
  const slope = lastStep === 'mean' ? drift : estimates.velocity;
  return added({ latents: 1, prediction: 0 }, scaled(slope, step));
}
