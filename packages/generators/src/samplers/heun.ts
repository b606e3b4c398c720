import type { Sampler } from '@softvq/core';
import { assertTimeShift } from '../interpolant/time-shift.js';
import { endStep } from './end-step.js';
import { estimatesAt, eulerStep, flowTimes, type TimeGridOptions } from './euler.js';
import { linearStep } from './linear-step.js';
import { runLinearStep } from './run-linear-step.js';

/**
 * Heun's method for the probability flow: two evaluations a step but one in the last, which is Euler's. 25 steps by
 * default. Guidance intervals are compared with the time at which a step begins.
 */
export function heun({ timeShift = 1 }: TimeGridOptions = {}): Sampler<'interpolant'> {
  assertTimeShift(timeShift);
  return {
    specVersion: 1,
    name: 'heun',
    integrates: 'interpolant',
    adaptive: false,
    defaultSteps: 25,
    stepsFor: () => ({ step: linearStep }),
    async *sample(task) {
      const times = flowTimes(task, timeShift);
      let latents = task.noise;
      for (let i = 0; i < task.steps; i++) {
        const [time, nextTime] = [times[i]!, times[i + 1]!];
        const step = nextTime - time;
        const euler = await eulerStep(task, latents, time, nextTime);
        let next = euler.latents;
        if (i < task.steps - 1) {
          const there = estimatesAt(task.process, nextTime);
          // With the first slope in `next` already: x + (step / 2)(v + v') = x / 2 + next / 2 + (step / 2) v'.
          const corrected = await runLinearStep(
            task,
            { latents: next, base: latents },
            {
              time: nextTime,
              base: 0.5,
              point: 0.5 + (step / 2) * there.velocity.latents,
              prediction: (step / 2) * there.velocity.prediction,
              denoised: there.data,
            },
            time,
          );
          for (const each of [corrected.point, corrected.denoised, next]) each.dispose();
          next = corrected.latents;
        }
        latents = yield* endStep(latents, { latents: next, denoised: euler.denoised });
      }
      return latents;
    },
  };
}
