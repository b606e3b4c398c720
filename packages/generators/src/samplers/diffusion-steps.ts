import { ArgumentError, type DiffusionProcess } from '@softvq/core';
import { type GaussianDiffusion, respacedDiffusion } from '../diffusion/gaussian-diffusion.js';
import { type Respacing, respacedLength, respacedTimesteps } from '../diffusion/respacing.js';

/** Options of samplers of diffusions. */
export interface RespacingOptions {
  /**
   * Which timesteps are visited: `"250"`, `"10,20,30"` or `"ddim50"`. It fixes the number of steps. Default: as many
   * as asked for, spread evenly.
   */
  readonly respacing?: Respacing;
}

/** The number of steps when nobody says. @throws ArgumentError for respacing of another form. */
export function defaultDiffusionSteps({ respacing }: RespacingOptions, otherwise: number): number {
  return respacing === undefined ? otherwise : respacedLength(respacing);
}

/**
 * The chain that a sampler follows.
 *
 * @throws ArgumentError for more steps than the process has, or a number that contradicts the respacing.
 */
export function diffusionFor(
  process: DiffusionProcess,
  steps: number,
  { respacing }: RespacingOptions,
): GaussianDiffusion {
  if (respacing !== undefined && respacedLength(respacing) !== steps) {
    throw new ArgumentError(
      `${steps} steps were asked for, and the sampler's respacing "${respacing}" has ${respacedLength(respacing)}`,
    );
  }
  if (steps > process.trainingSteps) {
    throw new ArgumentError(
      `${steps} steps were asked for, and the diffusion has only ${process.trainingSteps}`,
    );
  }
  return respacedDiffusion(process, respacedTimesteps(respacing ?? String(steps), process.trainingSteps));
}

/** A timestep as a time in [0, 1], 1 being noise: what guidance intervals are compared with. */
export function timeOf(timestep: number, { trainingSteps }: DiffusionProcess): number {
  return timestep / (trainingSteps - 1);
}
