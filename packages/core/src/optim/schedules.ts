import { ArgumentError } from '../errors.js';
import { clamp, cos, less, where } from '../operations/elementwise.js';
import { full } from '../tensor/creation.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * A quantity that changes during training, usually the learning rate: from the number of completed updates (a
 * float32 scalar, 0 at the first update) to a float32 scalar, inside the compiled step.
 */
export type Schedule = (step: Tensor) => Tensor;

export interface CosineOptions {
  /** Value after the warm-up. */
  readonly peak: number;
  /** Updates during which the value rises linearly, from 0 at the first. Default 0. */
  readonly warmupSteps?: number;
  /** Updates after which the value is `final` and stays. */
  readonly totalSteps: number;
  /** Default 0. */
  readonly final?: number;
}

/** The same value always. */
export function constant(value: number): Schedule {
  return (step) => full([], value, step.dtype);
}

/** From one value to another over a number of updates, and then the latter. */
export function linear({ from, to, steps }: { from: number; to: number; steps: number }): Schedule {
  assertSteps('linear: steps', steps, 1);
  return (step) =>
    clamp(step.mul(1 / steps), 0, 1)
      .mul(to - from)
      .add(from);
}

/** From 0 to the peak over `warmupSteps` updates, and then the peak. */
export function linearWarmup({ peak, warmupSteps }: { peak: number; warmupSteps: number }): Schedule {
  assertSteps('linearWarmup: warmupSteps', warmupSteps, 0);
  return warmupSteps === 0 ? constant(peak) : linear({ from: 0, to: peak, steps: warmupSteps });
}

/** A linear warm-up, then half a period of a cosine (Loshchilov & Hutter, "SGDR", 2017, without restarts). */
export function cosine({ peak, warmupSteps = 0, totalSteps, final = 0 }: CosineOptions): Schedule {
  assertSteps('cosine: warmupSteps', warmupSteps, 0);
  assertSteps('cosine: totalSteps', totalSteps, warmupSteps + 1);
  const decay: Schedule = (step) => {
    const progress = clamp(step.mul(1 / (totalSteps - warmupSteps)), 0, 1);
    return cos(progress.mul(Math.PI))
      .add(1)
      .mul((peak - final) / 2)
      .add(final);
  };
  return warmupSteps === 0
    ? decay
    : sequence([{ schedule: linearWarmup({ peak, warmupSteps }), steps: warmupSteps }, { schedule: decay }]);
}

/** One part of a sequence. The last part needs no end. */
export interface Phase {
  readonly schedule: Schedule;
  /** How many updates it lasts. */
  readonly steps?: number;
}

/** Schedules one after the other. Each counts from its own first update. */
export function sequence(phases: readonly Phase[]): Schedule {
  const [first, ...rest] = phases;
  if (first === undefined) throw new ArgumentError('sequence of no schedules');
  if (rest.length === 0) return first.schedule;
  const { schedule, steps } = first;
  if (steps === undefined) throw new ArgumentError('sequence: every schedule but the last needs its steps');
  assertSteps('sequence: steps', steps, 0);
  const later = sequence(rest);
  return (step) => where(less(step, steps), schedule(step), later(step.sub(steps)));
}

/** A schedule times a number. */
export function scaled(schedule: Schedule, factor: number): Schedule {
  return (step) => schedule(step).mul(factor);
}

function assertSteps(what: string, steps: number, least: number): void {
  if (!Number.isInteger(steps) || steps < least) {
    throw new ArgumentError(`${what} must be a whole number from ${least}, not ${steps}`);
  }
}
