import type { InterpolantProcess } from '@softvq/core';

/** A path at one time: x = alpha · data + sigma · noise, and how fast both change. */
export interface PathPoint {
  readonly alpha: number;
  readonly sigma: number;
  readonly alphaRate: number;
  readonly sigmaRate: number;
}

/** Bounds of the variance-preserving path's rate (Song et al., 2021). */
const slowest = 0.1;
const fastest = 20;

/**
 * The paths of SiT (Ma et al., "SiT: Exploring Flow and Diffusion-based Generative Models with Scalable Interpolant
 * Transformers", 2024, table 1), with t = 1 for noise: linear, cosine ("GVP") and variance preserving ("SBDM-VP").
 *
 * @param t in [0, 1]. The variance-preserving path has no finite rates at 0.
 */
export function pathAt(path: InterpolantProcess['path'], t: number): PathPoint {
  switch (path) {
    case 'linear':
      return { alpha: 1 - t, sigma: t, alphaRate: -1, sigmaRate: 1 };
    case 'cosine': {
      const angle = (Math.PI / 2) * t;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      return {
        alpha: cosine,
        sigma: sine,
        alphaRate: (-Math.PI / 2) * sine,
        sigmaRate: (Math.PI / 2) * cosine,
      };
    }
    case 'variance-preserving': {
      const logAlpha = -0.25 * t * t * (fastest - slowest) - 0.5 * t * slowest;
      const rate = -0.5 * t * (fastest - slowest) - 0.5 * slowest;
      const alpha = Math.exp(logAlpha);
      const variance = -Math.expm1(2 * logAlpha);
      const sigma = Math.sqrt(variance);
      return { alpha, sigma, alphaRate: alpha * rate, sigmaRate: (-(1 - variance) * rate) / sigma };
    }
  }
}

/**
 * The ends of the times that a network is trained on or integrated over, from data to noise. Where a prediction or a
 * path has no finite velocity at an end, the end is left out by a little.
 */
export function timeRange(
  { path, prediction }: InterpolantProcess,
  use: 'training' | 'sampling',
): readonly [data: number, noise: number] {
  if (path === 'variance-preserving') return [use === 'training' ? 1e-5 : 1e-3, 1];
  return prediction === 'velocity' ? [0, 1] : [1e-3, 1 - 1e-3];
}
