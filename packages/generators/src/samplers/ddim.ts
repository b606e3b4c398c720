import { ArgumentError, type Sampler, type SamplerStep, type Tensor } from '@softvq/core';
import { splitPrediction } from '../diffusion/split-prediction.js';
import { denoisedScalars, estimateDenoised } from './denoised-estimate.js';
import { defaultDiffusionSteps, diffusionFor, type RespacingOptions, timeOf } from './diffusion-steps.js';
import { endStep } from './end-step.js';

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
    stepsFor: () => ({ step: implicitStep }),
    async *sample(task) {
      const diffusion = diffusionFor(task.process, task.steps, options);
      let latents = task.noise;
      for (let i = task.steps - 1; i >= 0; i--) {
        const timestep = diffusion.timesteps[i]!;
        const [signal, before] = [diffusion.signal[i]!, diffusion.signalBefore[i]!];
        const deviation = eta * Math.sqrt(((1 - before) / (1 - signal)) * (1 - signal / before));
        // Where no noise is added, any finite tensor will do.
        const noise = deviation > 0 ? task.nextNoise() : latents;
        const next = await task.run(
          'step',
          { latents, noise },
          {
            time: timestep,
            ...denoisedScalars(task.process, diffusion, i),
            signal: Math.sqrt(before),
            predictedNoise: Math.sqrt(1 - before - deviation ** 2),
            noise: deviation,
          },
          timeOf(timestep, task.process),
        );
        if (noise !== latents) noise.dispose();
        latents = yield* endStep(latents, { latents: next['latents']!, denoised: next['denoised']! });
      }
      return latents;
    },
  };
}

/** Towards the data, and back to the noise of the step before by the noise that leads from the data to the latents. */
const implicitStep: SamplerStep = (denoise, { latents, noise }, scalars) => {
  const of = (name: string): Tensor => scalars[name]!;
  const predicted = splitPrediction(denoise(latents!, of('time')), latents!).mean;
  const denoised = estimateDenoised(latents!, predicted, scalars);
  const remaining = denoised.sub(latents!.mul(of('denoisedLatents'))).div(of('denoisedNoise'));
  return {
    latents: denoised
      .mul(of('signal'))
      .add(remaining.mul(of('predictedNoise')))
      .add(noise!.mul(of('noise'))),
    denoised,
  };
};
