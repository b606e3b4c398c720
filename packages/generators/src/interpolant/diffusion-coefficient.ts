import type { PathPoint } from './path.js';

/** How much noise a stochastic sampler adds, and takes away by the score, over time. */
export type DiffusionForm = 'constant' | 'sbdm' | 'sigma' | 'linear' | 'decreasing' | 'increasing-decreasing';

/**
 * The diffusion coefficient D of dx = (v - D · score) dt + √(2D) dW, which can be chosen freely (SiT, section 2.4),
 * at a time t in [0, 1] with 1 for noise.
 *
 * @param point of the path at t; `sbdm`, the coefficient of score-based models, has none where alpha is 0.
 */
export function diffusionCoefficient(
  form: DiffusionForm,
  scale: number,
  t: number,
  point: PathPoint,
): number {
  switch (form) {
    case 'constant':
      return scale;
    case 'sbdm':
      return scale * (point.sigma * point.sigmaRate - (point.alphaRate / point.alpha) * point.sigma ** 2);
    case 'sigma':
      return scale * point.sigma;
    case 'linear':
      return scale * t;
    case 'decreasing':
      return 0.25 * (1 - scale * Math.cos(Math.PI * t)) ** 2;
    case 'increasing-decreasing':
      return scale * Math.sin(Math.PI * t) ** 2;
  }
}
