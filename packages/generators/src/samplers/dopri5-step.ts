import { abs, maximum, mean, type SamplerStep, sqrt, type Tensor } from '@softvq/core';

/** How many earlier slopes a stage may depend on. */
const slopes = [1, 2, 3, 4, 5, 6] as const;

/** Names of the state that holds slopes, in their order. */
export const slopeNames: readonly string[] = slopes.map((i) => `slope${i}`);

/** Names of the factors of the slopes, in the stage and in the error. */
export const stageNames: readonly string[] = slopes.map((i) => `stage${i}`);
export const errorNames: readonly string[] = [...slopes.map((i) => `error${i}`), 'errorOwn'];

/**
 * One stage of an explicit Runge-Kutta method.
 *
 * State: `latents`, where the step began, and `slope1` to `slope6`; those of factor 0 are any finite tensor. Results:
 * `latents` of the stage, their `slope`, `denoised`, and `error` (batch): the combination of all slopes relative to
 * the tolerance, as the root of the mean square over each image.
 */
export const rungeKuttaStage: SamplerStep = (denoise, state, scalars) => {
  const of = (name: string): Tensor => scalars[name]!;
  const start = state['latents']!;
  const earlier = slopeNames.map((name) => state[name]!);
  const combined = (names: readonly string[], slopes: readonly Tensor[]): Tensor =>
    slopes.map((slope, i) => slope.mul(of(names[i]!))).reduce((sum, each) => sum.add(each));
  const latents = start.add(combined(stageNames, earlier));
  const prediction = denoise(latents, of('time'));
  const slope = latents.mul(of('velocityLatents')).add(prediction.mul(of('velocityPrediction')));
  const scale = maximum(abs(start), abs(latents)).mul(of('relativeTolerance')).add(of('absoluteTolerance'));
  const ratio = combined(errorNames, [...earlier, slope]).div(scale);
  const imageAxes = latents.shape.map((_, axis) => axis).slice(1);
  return {
    latents,
    slope,
    denoised: latents.mul(of('denoisedLatents')).add(prediction.mul(of('denoisedPrediction'))),
    error: sqrt(mean(ratio.square(), imageAxes)),
  };
};
