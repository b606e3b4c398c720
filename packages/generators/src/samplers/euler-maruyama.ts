import type { Sampler, Tensor } from '@softvq/core';
import { type LinearResults, runLinearStep } from './run-linear-step.js';
import { forcesAt, type StochasticInterval, type StochasticOptions } from './stochastic.js';
import { type InterpolantTask, stochasticSampler } from './stochastic-sampler.js';

/**
 * The Euler-Maruyama method for the reverse stochastic differential equation of SiT (Ma et al. 2024, eq. 4): one
 * evaluation a step, 250 steps by default. The network must have been trained on the path of the process.
 *
 * @throws ArgumentError for options out of range.
 */
export function eulerMaruyama(options: StochasticOptions = {}): Sampler<'interpolant'> {
  return stochasticSampler({ name: 'euler-maruyama', defaultSteps: 250, advance }, options);
}

function advance(
  task: InterpolantTask,
  options: Required<StochasticOptions>,
  latents: Tensor,
  { time, step }: StochasticInterval,
): Promise<LinearResults> {
  const { estimates, drift, diffusion } = forcesAt(task.process, options, time);
  return runLinearStep(
    task,
    { latents, noise: task.nextNoise() },
    {
      time,
      point: 1 + step * drift.latents,
      prediction: step * drift.prediction,
      noiseAfter: Math.sqrt(2 * diffusion * -step),
      denoised: estimates.data,
    },
    time,
  );
}
