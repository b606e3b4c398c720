import type { DiffusionProcess } from '@softvq/core';

/**
 * Variances of the steps of a diffusion, in float64: linear (Ho et al., "Denoising Diffusion Probabilistic Models",
 * 2020) or cosine (Nichol & Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021, eq. 17).
 *
 * @param steps length of the chain; the linear schedule is scaled to end in the same noise at any length.
 */
export function noiseSchedule(schedule: DiffusionProcess['schedule'], steps: number): Float64Array {
  if (schedule === 'linear') {
    const scale = 1000 / steps;
    const [first, last] = [scale * 1e-4, scale * 0.02];
    return Float64Array.from({ length: steps }, (_, i) =>
      steps === 1 ? first : first + (i * (last - first)) / (steps - 1),
    );
  }
  const remaining = (share: number): number => Math.cos((((share + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Float64Array.from({ length: steps }, (_, i) =>
    Math.min(1 - remaining((i + 1) / steps) / remaining(i / steps), 0.999),
  );
}
