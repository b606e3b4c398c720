import { ArgumentError, type Sampler } from '@softvq/core';
import {
  dataFactors,
  defaultDiffusionSteps,
  diffusionFor,
  type RespacingOptions,
  timeOf,
} from './diffusion-steps.js';
import { endStep } from './end-step.js';
import { linearStep } from './linear-step.js';
import { runLinearStep } from './run-linear-step.js';

export interface DdimOptions extends RespacingOptions {
  /** How much noise is added: 0, the default, none, and 1 as much as in ancestral sampling. */
  readonly eta?: number;
}

/**
 * Denoising diffusion implicit models (Song et al. 2021, eq. 12). 50 steps by default.
 *
 * @throws ArgumentError for respacing of another form or a negative eta.
 */
export function ddim({ eta = 0, ...options }: DdimOptions = {}): Sampler<'diffusion'> {
  if (!(Number.isFinite(eta) && eta >= 0 && eta <= 1)) {
    throw new ArgumentError(`ddim: eta is a number from 0 to 1, not ${eta}`);
  }
  return {
    specVersion: 1,
    name: 'ddim',
    integrates: 'diffusion',
    adaptive: false,
    defaultSteps: defaultDiffusionSteps(options, 50),
    stepsFor: () => ({ step: linearStep }),
    async *sample(task) {
      const diffusion = diffusionFor(task.process, task.steps, options);
      let latents = task.noise;
      for (let i = task.steps - 1; i >= 0; i--) {
        const timestep = diffusion.timesteps[i]!;
        const [signal, before] = [diffusion.signal[i]!, diffusion.signalBefore[i]!];
        const deviation = eta * Math.sqrt(((1 - before) / (1 - signal)) * (1 - signal / before));
        const data = dataFactors(diffusion, i);
        const next = await runLinearStep(
          task,
          { latents, noise: deviation > 0 ? task.nextNoise() : undefined },
          {
            time: timestep,
            point: Math.sqrt(before) * data.latents,
            prediction: Math.sqrt(before) * data.prediction + Math.sqrt(1 - before - deviation ** 2),
            noiseAfter: deviation,
            denoised: data,
          },
          timeOf(timestep, task.process),
        );
        next.point.dispose();
        latents = yield* endStep(latents, next);
      }
      return latents;
    },
  };
}
