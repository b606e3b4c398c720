import {
  type DiffusionProcess,
  exp,
  type Sampler,
  type SamplerStep,
  ShapeError,
  type Tensor,
} from '@softvq/core';
import { logVarianceBounds } from '../diffusion/gaussian-diffusion.js';
import { splitPrediction } from '../diffusion/split-prediction.js';
import { denoisedScalars, estimateDenoised } from './denoised-estimate.js';
import { defaultDiffusionSteps, diffusionFor, type RespacingOptions, timeOf } from './diffusion-steps.js';
import { endStep } from './end-step.js';

/**
 * Ancestral sampling (Ho et al., "Denoising Diffusion Probabilistic Models", 2020, algorithm 2), with learned or fixed
 * variances (Nichol & Dhariwal 2021). 250 steps by default.
 *
 * @throws ArgumentError for respacing of another form.
 */
export function ddpm(options: RespacingOptions = {}): Sampler<'diffusion'> {
  return {
    specVersion: 1,
    name: 'ddpm',
    integrates: 'diffusion',
    adaptive: false,
    defaultSteps: defaultDiffusionSteps(options, 250),
    stepsFor: ({ variance }) => ({ step: variance === 'learned-range' ? learnedStep : fixedStep }),
    async *sample(task) {
      const diffusion = diffusionFor(task.process, task.steps, options);
      let latents = task.noise;
      for (let i = task.steps - 1; i >= 0; i--) {
        const timestep = diffusion.timesteps[i]!;
        // The last step adds no noise; then any finite tensor will do.
        const noise = i > 0 ? task.nextNoise() : latents;
        const bounds = logVarianceBounds(diffusion, task.process.variance, i);
        const next = await task.run(
          'step',
          { latents, noise },
          {
            time: timestep,
            ...denoisedScalars(task.process, diffusion, i),
            meanDenoised: diffusion.posteriorMeanData[i]!,
            meanLatents: diffusion.posteriorMeanLatents[i]!,
            lowLogVariance: bounds.low,
            highLogVariance: bounds.high,
            noise: i > 0 ? 1 : 0,
          },
          timeOf(timestep, task.process),
        );
        noise.dispose();
        latents = yield* endStep(latents, { latents: next['latents']!, denoised: next['denoised']! });
      }
      return latents;
    },
  };
}

const learnedStep = ancestralStep('learned-range');
const fixedStep = ancestralStep('fixed-large');

function ancestralStep(kind: DiffusionProcess['variance']): SamplerStep {
  return (denoise, { latents, noise }, scalars) => {
    const of = (name: string): Tensor => scalars[name]!;
    const { mean: predicted, variance } = splitPrediction(denoise(latents!, of('time')), latents!);
    if ((variance !== undefined) !== (kind === 'learned-range')) {
      throw new ShapeError(
        `the process has ${kind === 'learned-range' ? 'learned' : 'fixed'} variances, and the network predicts ${variance === undefined ? 'none' : 'some'}`,
      );
    }
    const low = of('lowLogVariance');
    const share = variance?.add(1).mul(0.5);
    const logVariance = share === undefined ? low : low.add(share.mul(of('highLogVariance').sub(low)));
    const deviation = exp(logVariance.mul(0.5)).mul(of('noise'));
    const denoised = estimateDenoised(latents!, predicted, scalars);
    const mean = denoised.mul(of('meanDenoised')).add(latents!.mul(of('meanLatents')));
    return { latents: mean.add(noise!.mul(deviation)), denoised };
  };
}
