import type { InterpolantProcess, Sampler, SamplingTask, Tensor } from '@softvq/core';
import { endStep } from './end-step.js';
import { linearStep } from './linear-step.js';
import { type LinearResults, runLinearStep } from './run-linear-step.js';
import {
  checkedStochasticOptions,
  forcesAt,
  type LastStep,
  lastCombination,
  type StochasticInterval,
  type StochasticOptions,
  stochasticIntervals,
} from './stochastic.js';

export type InterpolantTask = SamplingTask<InterpolantProcess>;

/** What tells one stochastic sampler from another. */
export interface StochasticMethod {
  readonly name: string;
  readonly defaultSteps: number;
  /** A step with noise: every one but the last. */
  readonly advance: (
    task: InterpolantTask,
    options: Required<StochasticOptions>,
    latents: Tensor,
    interval: StochasticInterval,
  ) => Promise<LinearResults>;
}

/**
 * A sampler of the reverse stochastic differential equation: steps of a method, and a last one that ends without noise.
 *
 * @throws ArgumentError for options out of range.
 */
export function stochasticSampler(
  { name, defaultSteps, advance }: StochasticMethod,
  options: StochasticOptions,
): Sampler<'interpolant'> {
  const checked = checkedStochasticOptions(options);
  const { lastStep } = checked;
  return {
    specVersion: 1,
    name,
    integrates: 'interpolant',
    adaptive: false,
    defaultSteps,
    stepsFor: () => ({ step: linearStep }),
    async *sample(task) {
      const intervals = stochasticIntervals(task, checked);
      let latents = task.noise;
      for (const [i, interval] of intervals.entries()) {
        const last = i === intervals.length - 1;
        if (last && lastStep === 'none') {
          yield { latents };
          break;
        }
        const next =
          last && lastStep !== 'none'
            ? await finish(task, checked, latents, interval, lastStep)
            : await advance(task, checked, latents, interval);
        next.point.dispose();
        latents = yield* endStep(latents, next);
      }
      return latents;
    },
  };
}

function finish(
  task: InterpolantTask,
  options: Required<StochasticOptions>,
  latents: Tensor,
  { time, step }: StochasticInterval,
  lastStep: Exclude<LastStep, 'none'>,
): Promise<LinearResults> {
  const forces = forcesAt(task.process, options, time);
  const { latents: point, prediction } = lastCombination(lastStep, forces, step);
  return runLinearStep(task, { latents }, { time, point, prediction, denoised: forces.estimates.data }, time);
}
