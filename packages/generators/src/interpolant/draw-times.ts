import { fromHost, type InterpolantProcess, type RandomSource, type Tensor } from '@softvq/core';
import { diffusionCoefficient } from './diffusion-coefficient.js';
import { pathAt, timeRange } from './path.js';
import { shiftTime } from './time-shift.js';

/** How the times of training are distributed, before any shift. */
export type TimeDistribution = 'uniform' | 'lognormal';

/** How squared errors of noise or score predictions are weighted over time (SiT, appendix A). */
export type LossWeighting = 'none' | 'velocity' | 'likelihood';

export interface TrainingTimesOptions {
  readonly times: TimeDistribution;
  /** See `shiftTime`. */
  readonly timeShift: number;
  readonly weighting: LossWeighting;
}

/**
 * Times of a training batch with what the loss needs of the path there, each float32 (batch). They are worked out in
 * float64, where the traced loss would have float32 and, on some devices, imprecise sines.
 */
export interface TrainingTimes {
  readonly times: Tensor;
  /** Latents are alpha · data + sigma · noise. */
  readonly alpha: Tensor;
  readonly sigma: Tensor;
  /** What is learned: outputFactor · prediction = targetData · data + targetNoise · noise. */
  readonly outputFactor: Tensor;
  readonly targetData: Tensor;
  readonly targetNoise: Tensor;
  /** Of the squared error. */
  readonly weight: Tensor;
}

/** The names of what `drawTrainingTimes` makes. */
export const trainingTimeNames = [
  'times',
  'alpha',
  'sigma',
  'outputFactor',
  'targetData',
  'targetNoise',
  'weight',
] as const satisfies readonly (keyof TrainingTimes)[];

/** One time for each image, from one random number each. */
export function drawTrainingTimes(
  process: InterpolantProcess,
  batch: number,
  random: RandomSource,
  options: TrainingTimesOptions,
): TrainingTimes {
  const numbers = options.times === 'uniform' ? random.uniform(batch) : random.normal(batch);
  const points = Array.from(numbers, (number) => {
    const t = timeOf(process, number, options);
    return { t, point: pathAt(process.path, t) };
  });
  const column = (value: (each: (typeof points)[number]) => number): Tensor =>
    fromHost({ dtype: 'float32', shape: [batch], data: Float32Array.from(points, value) });
  const { prediction } = process;
  const isVelocity = prediction === 'velocity';
  return {
    times: column(({ t }) => t),
    alpha: column(({ point }) => point.alpha),
    sigma: column(({ point }) => point.sigma),
    // Scores are infinite at the data: what is compared is -sigma · score, which is the noise.
    outputFactor: column(({ point }) => (prediction === 'score' ? -point.sigma : 1)),
    targetData: column(({ point }) => (isVelocity ? point.alphaRate : 0)),
    targetNoise: column(({ point }) => (isVelocity ? point.sigmaRate : 1)),
    weight: column(({ t, point }) => {
      if (isVelocity || options.weighting === 'none') return 1;
      const coefficient = diffusionCoefficient('sbdm', 1, t, point);
      return options.weighting === 'velocity'
        ? (coefficient / point.sigma) ** 2
        : coefficient / point.sigma ** 2;
    }),
  };
}

/** A uniform or standard normal number as a time. */
function timeOf(
  process: InterpolantProcess,
  number: number,
  { times, timeShift }: TrainingTimesOptions,
): number {
  const [data, noise] = timeRange(process, 'training');
  return (
    data +
    (noise - data) * shiftTime(times === 'uniform' ? number : lognormalTime(process, number), timeShift)
  );
}

/** The time at which sigma / alpha is eⁿ, n standard normal, on the linear path; on others by the cosine path's. */
function lognormalTime({ path }: InterpolantProcess, number: number): number {
  const ratio = Math.exp(number);
  return path === 'linear' ? ratio / (1 + ratio) : (2 / Math.PI) * Math.atan(ratio);
}
