import type { InterpolantProcess, Sampler, SamplingTask, Tensor } from '@softvq/core';
import { type Estimates, estimatesOf } from '../interpolant/conversions.js';
import { pathAt, timeRange } from '../interpolant/path.js';
import { assertTimeShift, shiftTime } from '../interpolant/time-shift.js';
import { endStep } from './end-step.js';
import { linearStep } from './linear-step.js';
import { type LinearResults, runLinearStep } from './run-linear-step.js';
import { linspace } from './time-grid.js';

/** Options of samplers whose times are fixed beforehand. */
export interface TimeGridOptions {
  /** Moves the times towards noise; see `shiftTime`. Default 1: evenly spaced. */
  readonly timeShift?: number;
}

/** Euler's method for the probability flow: one evaluation a step, 50 steps by default. */
export function euler({ timeShift = 1 }: TimeGridOptions = {}): Sampler<'interpolant'> {
  assertTimeShift(timeShift);
  return {
    specVersion: 1,
    name: 'euler',
    integrates: 'interpolant',
    adaptive: false,
    defaultSteps: 50,
    stepsFor: () => ({ step: linearStep }),
    async *sample(task) {
      const times = flowTimes(task, timeShift);
      let latents = task.noise;
      for (let i = 0; i < task.steps; i++) {
        const next = await eulerStep(task, latents, times[i]!, times[i + 1]!);
        latents = yield* endStep(latents, next);
      }
      return latents;
    },
  };
}

/** A step along the velocity at its beginning. The results are the caller's to dispose. */
export async function eulerStep(
  task: SamplingTask<InterpolantProcess>,
  latents: Tensor,
  time: number,
  nextTime: number,
): Promise<Pick<LinearResults, 'latents' | 'denoised'>> {
  const step = nextTime - time;
  const { velocity, data } = estimatesAt(task.process, time);
  const { point, ...results } = await runLinearStep(
    task,
    { latents },
    {
      time,
      point: 1 + step * velocity.latents,
      prediction: step * velocity.prediction,
      denoised: data,
    },
    time,
  );
  point.dispose();
  return results;
}

/** The times from noise to data, one more than steps. */
export function flowTimes({ process, steps }: SamplingTask<InterpolantProcess>, timeShift: number): number[] {
  const [data, noise] = timeRange(process, 'sampling');
  return linspace(noise, data, steps + 1).map((time) => shiftTime(time, timeShift));
}

/** What a prediction at a time says of velocity, data, noise and score. */
export function estimatesAt({ path, prediction }: InterpolantProcess, time: number): Estimates {
  return estimatesOf(prediction, pathAt(path, time));
}
