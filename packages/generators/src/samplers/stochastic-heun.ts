import type { Sampler, Tensor } from '@softvq/core';
import { type LinearResults, runLinearStep } from './run-linear-step.js';
import { forcesAt, type StochasticInterval, type StochasticOptions } from './stochastic.js';
import { type InterpolantTask, stochasticSampler } from './stochastic-sampler.js';

/**
 * Heun's method for the reverse stochastic differential equation, as in the code of SiT: noise first, then two
 * evaluations of the drift. 125 steps by default, one of which has one evaluation or none. Guidance intervals are
 * compared with the time at which a step begins.
 *
 * @throws ArgumentError for options out of range.
 */
export function stochasticHeun(options: StochasticOptions = {}): Sampler<'interpolant'> {
  return stochasticSampler({ name: 'stochastic-heun', defaultSteps: 125, advance }, options);
}

async function advance(
  task: InterpolantTask,
  options: Required<StochasticOptions>,
  latents: Tensor,
  { time, step }: StochasticInterval,
): Promise<LinearResults> {
  const here = forcesAt(task.process, options, time);
  const there = forcesAt(task.process, options, time + step);
  const predicted = await runLinearStep(
    task,
    { latents, noise: task.nextNoise() },
    {
      time,
      noiseBefore: Math.sqrt(2 * here.diffusion * -step),
      point: 1 + step * here.drift.latents,
      prediction: step * here.drift.prediction,
      denoised: here.estimates.data,
    },
    time,
  );
  // x̂ + (step / 2)(g + g') with the first slope in the prediction already.
  const corrected = await runLinearStep(
    task,
    { latents: predicted.latents, base: predicted.point },
    {
      time: time + step,
      base: 0.5,
      point: 0.5 + (step / 2) * there.drift.latents,
      prediction: (step / 2) * there.drift.prediction,
      denoised: there.estimates.data,
    },
    time,
  );
  for (const each of [predicted.latents, corrected.denoised, corrected.point]) each.dispose();
  return { ...predicted, latents: corrected.latents };
}
