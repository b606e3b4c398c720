import type { InterpolantProcess } from '@softvq/core';
import type { PathPoint } from './path.js';

/** A quantity as latents · x + prediction · p. */
export interface Combination {
  readonly latents: number;
  readonly prediction: number;
}

/** What a network's prediction at a point of the path says of all quantities. */
export interface Estimates {
  readonly velocity: Combination;
  /** The data without noise. */
  readonly data: Combination;
  readonly noise: Combination;
  /** The gradient of the log density, -noise / sigma. */
  readonly score: Combination;
}

/**
 * Velocity, data, noise and score from a prediction of one of them: from x = αd + σε and v = α̇d + σ̇ε, of which two
 * are known. All are linear in the latents and the prediction.
 */
export function estimatesOf(prediction: InterpolantProcess['prediction'], point: PathPoint): Estimates {
  const { alpha, sigma, alphaRate, sigmaRate } = point;
  if (prediction === 'velocity') {
    const determinant = alpha * sigmaRate - alphaRate * sigma;
    const noise = { latents: -alphaRate / determinant, prediction: alpha / determinant };
    return {
      velocity: { latents: 0, prediction: 1 },
      data: { latents: sigmaRate / determinant, prediction: -sigma / determinant },
      noise,
      score: scaled(noise, -1 / sigma),
    };
  }
  const noise: Combination = { latents: 0, prediction: prediction === 'noise' ? 1 : -sigma };
  const data = { latents: 1 / alpha, prediction: (-sigma / alpha) * noise.prediction };
  return {
    velocity: added(scaled(data, alphaRate), scaled(noise, sigmaRate)),
    data,
    noise,
    score: prediction === 'score' ? { latents: 0, prediction: 1 } : scaled(noise, -1 / sigma),
  };
}

export function scaled({ latents, prediction }: Combination, factor: number): Combination {
  return { latents: latents * factor, prediction: prediction * factor };
}

export function added(a: Combination, b: Combination): Combination {
  return { latents: a.latents + b.latents, prediction: a.prediction + b.prediction };
}
