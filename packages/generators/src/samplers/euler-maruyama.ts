import type { Sampler } from '@softvq/core';
import { added, scaled } from '../interpolant/conversions.js';
import { linearStep } from './linear-step.js';
import { runLinearStep } from './run-linear-step.js';
import {
  checkedStochasticOptions,
  forcesAt,
  lastCombination,
  type StochasticOptions,
  stochasticIntervals,
} from './stochastic.js';

/**
 * The Euler-Maruyama method for the reverse stochastic differential equation of SiT (Ma et al. 2024, eq. 4): one
 * evaluation a step, 250 steps by default. The network must have been trained on the path of the process.
 *
 * @throws ArgumentError for options out of range.
 */
export function eulerMaruyama(options: StochasticOptions = {}): Sampler<'interpolant'> {
  const checked = checkedStochasticOptions(options);
  const { lastStep } = checked;
  return {
    specVersion: 1,
    name: 'euler-maruyama',
    integrates: 'interpolant',
    adaptive: false,
    defaultSteps: 250,
    stepsFor: () => ({ step: linearStep }),
    async *sample(task) {
      const intervals = stochasticIntervals(task, checked);
      let latents = task.noise;
      for (const [i, { time, step }] of intervals.entries()) {
        const last = i === intervals.length - 1;
        if (last && lastStep === 'none') {
          yield { latents };
          break;
        }
        const forces = forcesAt(task.process, checked, time);
        const combination =
          last && lastStep !== 'none'
            ? lastCombination(lastStep, forces, step)
            : added({ latents: 1, prediction: 0 }, scaled(forces.drift, step));
        const next = await runLinearStep(
          task,
          { latents, noise: last ? undefined : task.nextNoise() },
          {
            time,
            point: combination.latents,
            prediction: combination.prediction,
            noiseAfter: last ? 0 : Math.sqrt(2 * forces.diffusion * -step),
            denoised: forces.estimates.data,
          },
          time,
        );
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
