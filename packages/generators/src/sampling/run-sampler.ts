import type {
  ProcessKind,
  ProcessOf,
  Sampler,
  SamplerProgress,
  SamplerState,
  SamplingTask,
  StepScalars,
  Tensor,
} from '@softvq/core';
import { ArgumentError } from '@softvq/core';
import type { GuidedCondition } from '../guidance/guided-network.js';
import type { CompiledStep } from './compiled-step.js';
import { mapProgress } from './map-progress.js';

/** One run of a sampler over latents that are computed together. */
export interface SamplerRun<Kind extends ProcessKind> {
  readonly sampler: Sampler<Kind>;
  readonly process: ProcessOf[Kind];
  readonly steps: number;
  /** The sampler's steps, compiled, by name. */
  readonly compiled: Readonly<Record<string, CompiledStep>>;
  /** What the network is given at a time in [0, 1], 1 being noise: the guidance. */
  readonly conditionAt: (time: number) => GuidedCondition;
  /** Standard normal (batch, …); the run disposes it. */
  readonly noise: Tensor;
  /** The next noise of the same shape, for samplers that add some. */
  readonly nextNoise: () => Tensor;
  readonly signal?: AbortSignal | undefined;
}

export interface RunProgress extends SamplerProgress {
  /** Of the network, so far. */
  readonly evaluations: number;
}

/**
 * Runs a sampler. Yields after each of its steps and returns the latents, which the caller disposes. All other
 * tensors are freed when it ends: by finishing, by an error, by the signal or because the caller stopped.
 *
 * @throws the signal's reason, at most one step after the signal.
 */
export async function* runSampler<Kind extends ProcessKind>(
  run: SamplerRun<Kind>,
): AsyncGenerator<RunProgress, Tensor, void> {
  const made = new Set<Tensor>([run.noise]);
  let evaluations = 0;
  const task: SamplingTask<ProcessOf[Kind]> = {
    process: run.process,
    noise: run.noise,
    steps: run.steps,
    async run(name: string, state: SamplerState, scalars: StepScalars, time: number) {
      run.signal?.throwIfAborted();
      const step = run.compiled[name];
      if (step === undefined) {
        throw new ArgumentError(
          `the sampler "${run.sampler.name}" runs a step "${name}" and has only ${Object.keys(run.compiled).join(', ')}`,
        );
      }
      const results = await step.run(state, scalars, run.conditionAt(time));
      for (const each of Object.values(results)) made.add(each);
      evaluations += step.evaluations;
      run.signal?.throwIfAborted();
      return results;
    },
    nextNoise() {
      const noise = run.nextNoise();
      made.add(noise);
      return noise;
    },
  };
  try {
    const latents = yield* mapProgress(run.sampler.sample(task), (progress) => ({
      ...progress,
      evaluations,
    }));
    made.delete(latents);
    return latents;
  } finally {
    for (const each of made) each.dispose();
  }
}
