import { clamp, type DiffusionProcess, type Tensor } from '@softvq/core';
import type { GaussianDiffusion } from '../diffusion/gaussian-diffusion.js';

/** What `estimateDenoised` needs to know of a step: factors of latents and predicted noise, and the bound. */
export type DenoisedScalars = {
  readonly denoisedLatents: number;
  readonly denoisedNoise: number;
  readonly denoisedBound: number;
};

/** Stands for no bound: not all devices have infinity. */
const largestFloat32 = 3.4e38;

/** The data as a combination of latents and predicted noise: x̂₀ = x / √ᾱ - √(1 / ᾱ - 1) · ε. */
export function denoisedScalars(
  { clipDenoised = largestFloat32 }: DiffusionProcess,
  { signal }: GaussianDiffusion,
  step: number,
): DenoisedScalars {
  const left = signal[step]!;
  return {
    denoisedLatents: 1 / Math.sqrt(left),
    denoisedNoise: -Math.sqrt(1 / left - 1),
    denoisedBound: clipDenoised,
  };
}

/** The data, given latents and predicted noise, inside the bound of the process. */
export function estimateDenoised(
  latents: Tensor,
  noise: Tensor,
  scalars: Readonly<Record<string, Tensor>>,
): Tensor {
  const of = (name: keyof DenoisedScalars): Tensor => scalars[name]!;
  const bound = of('denoisedBound');
  return clamp(latents.mul(of('denoisedLatents')).add(noise.mul(of('denoisedNoise'))), bound.neg(), bound);
}
