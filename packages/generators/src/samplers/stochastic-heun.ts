import type { InterpolantProcess, Sampler, SamplingTask, Tensor } from '@softvq/core';
import { linearStep } from './linear-step.js';
import { type LinearResults, runLinearStep } from './run-linear-step.js';
import {
  checkedStochasticOptions,
  forcesAt,
  lastCombination,
  type StochasticInterval,
  type StochasticOptions,
  stochasticIntervals,
} from './stochastic.js';

/**
 * Heun's method for the reverse stochastic differential equation, as in the code of SiT: noise first, then two
 * evaluations of the drift. 125 steps by default, one of which has one evaluation or none. Guidance intervals are
 * compared with the time at which a step begins.
 *
 * @throws ArgumentError for options out of range.
 */
export function stochasticHeun(options: StochasticOptions = {}): Sampler<'interpolant'> {
  const checked = checkedStochasticOptions(options);
  const { lastStep } = checked;
  return {
    specVersion: 1,
    name: 'stochastic-heun',
    integrates: 'interpolant',
    adaptive: false,
    defaultSteps: 125,
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
            : await heunStep(task, checked, latents, interval);
        next.point.dispose();
        latents.dispose();
        latents = next.latents;
        yield { latents, denoised: next.denoised };
        next.denoised.dispose();
      }
      return latents;
    },
  };
}

type InterpolantTask = SamplingTask<InterpolantProcess>;

async function heunStep(
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

function finish(
  task: InterpolantTask,
  options: Required<StochasticOptions>,
  latents: Tensor,
  { time, step }: StochasticInterval,
  lastStep: Parameters<typeof lastCombination>[0],
): Promise<LinearResults> {
  const forces = forcesAt(task.process, options, time);
  const { latents: point, prediction } = lastCombination(lastStep, forces, step);
  return runLinearStep(task, { latents }, { time, point, prediction, denoised: forces.estimates.data }, time);
}
