import {
  ArgumentError,
  type InterpolantProcess,
  type Sampler,
  type SamplingTask,
  type Tensor,
} from '@softvq/core';
import { timeRange } from '../interpolant/path.js';
import { errorNames, rungeKuttaStage, slopeNames, stageNames } from './dopri5-step.js';
import { estimatesAt } from './euler.js';

export interface Dopri5Options {
  /** Error a step may have per number, absolutely. Default 1e-6. */
  readonly absoluteTolerance?: number;
  /** Error a step may have per number, as a share of it. Default 1e-3. */
  readonly relativeTolerance?: number;
}

/** The coefficients of Dormand & Prince, "A family of embedded Runge-Kutta formulae", 1980. */
const nodes = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
const stages: readonly (readonly number[])[] = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** Of the fifth-order result less the embedded fourth-order one. */
const errors = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

const safety = 0.9;
const least = 0.2;
const most = 10;

/**
 * The adaptive Dormand-Prince method for the probability flow. It chooses its steps so that the error of each stays
 * within the tolerance; `steps` is the most it may take, 1000 by default, counting rejected ones. Every step costs six
 * evaluations. Guidance intervals are compared with the time of each evaluation.
 *
 * @throws ArgumentError for tolerances that are not numbers above 0.
 */
export function dopri5({
  absoluteTolerance = 1e-6,
  relativeTolerance = 1e-3,
}: Dopri5Options = {}): Sampler<'interpolant'> {
  const tolerances = { absoluteTolerance, relativeTolerance };
  for (const [name, value] of Object.entries(tolerances)) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new ArgumentError(`dopri5: ${name} is a number above 0, not ${value}`);
    }
  }
  return {
    specVersion: 1,
    name: 'dopri5',
    integrates: 'interpolant',
    adaptive: true,
    defaultSteps: 1000,
    stepsFor: () => ({ stage: rungeKuttaStage }),
    async *sample(task) {
      const [end, start] = timeRange(task.process, 'sampling');
      const run = stageRunner(task, tolerances);
      let time = start;
      let latents = task.noise;
      const first = await run(latents, [], { time, factors: [], errors: [1] });
      let slope = first.slope;
      let denoised = first.denoised;
      first.latents.dispose();
      let size = Math.min(await firstStepSize(run, latents, first, time, tolerances), start - end);
      for (let taken = 0; time > end; taken++) {
        if (taken === task.steps) {
          throw new ArgumentError(
            `dopri5: ${task.steps} steps lead only to time ${time.toPrecision(3)}; allow more steps or a larger tolerance`,
          );
        }
        const attempt = await tryStep(run, latents, slope, time, size);
        if (attempt.error <= 1) {
          for (const each of [latents, slope, denoised]) each.dispose();
          ({ latents, slope, denoised } = attempt);
          time = time - size <= end + 1e-12 ? end : time - size;
          yield { latents, denoised };
        } else {
          for (const each of [attempt.latents, attempt.slope, attempt.denoised]) each.dispose();
        }
        size = Math.min(size * resizing(attempt.error), time - end);
      }
      return latents;
    },
  };
}

/** How much larger the next step may be after an error relative to the tolerance. */
function resizing(error: number): number {
  if (error === 0) return most;
  return Math.min(most, Math.max(error < 1 ? 1 : least, safety * error ** -0.2));
}

interface StageCall {
  readonly time: number;
  /** Of the slopes so far, in units of latents. */
  readonly factors: readonly number[];
  /** Of the slopes so far and the stage's own in the error; none for no error. */
  readonly errors?: readonly number[];
}

interface StageResults {
  readonly latents: Tensor;
  readonly slope: Tensor;
  readonly denoised: Tensor;
  /** Relative to the tolerance; 0 unless asked for. */
  readonly error: number;
}

type StageRunner = (latents: Tensor, slopes: readonly Tensor[], call: StageCall) => Promise<StageResults>;

function stageRunner(
  task: SamplingTask<InterpolantProcess>,
  tolerances: Required<Dopri5Options>,
): StageRunner {
  return async (latents, slopes, { time, factors, errors: errorFactors }) => {
    const { velocity, data } = estimatesAt(task.process, time);
    const own = errorFactors?.at(-1) ?? 0;
    const earlier = errorFactors?.slice(0, -1) ?? [];
    const results = await task.run(
      'stage',
      {
        latents,
        ...Object.fromEntries(slopeNames.map((name, i) => [name, slopes[i] ?? latents])),
      },
      {
        time,
        ...Object.fromEntries(stageNames.map((name, i) => [name, factors[i] ?? 0])),
        ...Object.fromEntries(errorNames.map((name, i) => [name, earlier[i] ?? 0])),
        errorOwn: own,
        ...tolerances,
        velocityLatents: velocity.latents,
        velocityPrediction: velocity.prediction,
        denoisedLatents: data.latents,
        denoisedPrediction: data.prediction,
      },
      time,
    );
    const relative = results['error']!;
    const error = errorFactors === undefined ? 0 : Math.max(...((await relative.data()) as Float32Array));
    relative.dispose();
    if (!Number.isFinite(error)) {
      throw new ArgumentError(`dopri5: the network's predictions around time ${time} are not finite`);
    }
    return {
      latents: results['latents']!,
      slope: results['slope']!,
      denoised: results['denoised']!,
      error,
    };
  };
}

/** One step of the given size towards data. */
async function tryStep(
  run: StageRunner,
  latents: Tensor,
  slope: Tensor,
  time: number,
  size: number,
): Promise<StageResults> {
  const slopes = [slope];
  for (let stage = 1; ; stage++) {
    const factors = stages[stage]!.map((factor) => -size * factor);
    const call = { time: time - nodes[stage]! * size, factors };
    if (stage === nodes.length - 1) {
      const results = await run(latents, slopes, { ...call, errors: errors.map((each) => -size * each) });
      for (const each of slopes.slice(1)) each.dispose();
      return results;
    }
    const results = await run(latents, slopes, call);
    results.latents.dispose();
    results.denoised.dispose();
    slopes.push(results.slope);
  }
}

/**
 * A size for the first step from the latents, their slope and its change (Hairer, Nørsett & Wanner, "Solving Ordinary
 * Differential Equations I", section II.4).
 *
 * @param first the slope at the start, with its norm relative to the tolerance as `error`.
 */
async function firstStepSize(
  run: StageRunner,
  latents: Tensor,
  first: StageResults,
  time: number,
  tolerances: Required<Dopri5Options>,
): Promise<number> {
  const size = await normOf(latents, tolerances);
  const trial = Math.min(size < 1e-5 || first.error < 1e-5 ? 1e-6 : (0.01 * size) / first.error, time / 2);
  const probe = { time: time - trial, factors: [-trial], errors: [-1, 1] };
  const { error, ...results } = await run(latents, [first.slope], probe);
  for (const each of Object.values(results)) each.dispose();
  const change = Math.max(first.error, error / trial);
  return Math.min(100 * trial, change <= 1e-15 ? Math.max(1e-6, trial * 1e-3) : (0.01 / change) ** 0.2);
}

/** Root of the mean square of one image's latents relative to the tolerance. */
async function normOf(
  latents: Tensor,
  { absoluteTolerance, relativeTolerance }: Required<Dopri5Options>,
): Promise<number> {
  const { data } = await latents.host();
  let sum = 0;
  for (const value of data as Float32Array) {
    sum += (value / (absoluteTolerance + relativeTolerance * Math.abs(value))) ** 2;
  }
  return Math.sqrt(sum / data.length);
}
