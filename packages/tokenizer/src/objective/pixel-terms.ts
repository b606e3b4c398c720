import { minimum } from '@softvq/core';
import type { Schedule } from '@softvq/core/optim';
import type { Lpips } from '../losses/lpips.js';
import { type ReconstructionNorm, reconstructionLoss } from '../losses/reconstruction.js';
import type { LossTerm } from './loss-term.js';

export interface ReconstructionTermOptions {
  /** Default `l2`, the mean squared error. */
  readonly norm?: ReconstructionNorm;
  /** Default 1. */
  readonly weight?: number | Schedule;
}

/** The difference of pixels: `reconstructionLoss`. */
export function reconstructionTerm({ norm = 'l2', weight = 1 }: ReconstructionTermOptions = {}): LossTerm {
  return {
    weight,
    measuresReconstruction: true,
    loss: ({ pass, images }) => reconstructionLoss(pass.reconstruction, images, norm),
  };
}

export interface PerceptualTermOptions {
  /** Default 1. */
  readonly weight?: number;
  /** Steps over which the weight rises linearly to its value. Default 0. */
  readonly warmupSteps?: number;
}

/** The perceptual distance by a network with trained weights: `lpipsFromWeights`. */
export function perceptualTerm(
  lpips: Lpips,
  { weight = 1, warmupSteps = 0 }: PerceptualTermOptions = {},
): LossTerm {
  return {
    weight: warmupSteps > 0 ? risingWeight(weight, warmupSteps) : weight,
    measuresReconstruction: true,
    loss: ({ pass, images }) => lpips.forward(pass.reconstruction, images),
  };
}

/** weight · min(1, t / steps), where t counts steps from 1. */
function risingWeight(weight: number, steps: number): Schedule {
  return (completed) => minimum(completed.add(1).mul(1 / steps), 1).mul(weight);
}
