import {
  ArgumentError,
  type Generator,
  type Process,
  type ProcessKind,
  type ProcessOf,
  type SampleEvent,
  type SampleOptions,
  type Sampler,
  type SamplerStep,
  type Tensor,
} from '@softvq/core';
import type { Guidance } from '../guidance/guidance.js';
import type { GuidedNetwork, Network } from '../guidance/guided-network.js';
import { GuidedRows } from '../guidance/guided-rows.js';
import { findSampler } from '../registry/samplers.js';
import { Compilations, type Lease, type Wanted } from './compilations.js';
import { CompiledStep } from './compiled-step.js';
import { type Execution, executionKey, weightNames } from './execution.js';
import { mapProgress } from './map-progress.js';
import { drawNormal } from './noise.js';
import { runSampler } from './run-sampler.js';
import { type BatchProgress, type ImageBatch, sampleBatches } from './sample-batches.js';
import { assertCount, planSampling } from './sample-plan.js';

/**
 * A generator whose network predicts all latents of an image at once, so that a sampler is all its loop.
 */
export interface LatentGenerator<Kind extends ProcessKind = ProcessKind> extends Generator<Kind> {
  /** What its network was trained for. The same object at every use. */
  readonly process: ProcessOf[Kind];
  /**
   * The network, a traced function.
   *
   * @param latents float32 (rows, …latentShape).
   * @param time a scalar, or one for each row (rows): in [0, 1] or a timestep, as the process has it.
   * @param labels int32 (rows), with `classes` for none.
   * @returns float32, of the shape of the latents, or with twice the channels where variances are learned.
   */
  predict(latents: Tensor, time: Tensor, labels: Tensor): Tensor;
}

/** The `sample` method of a `LatentGenerator`. `defaultSampler` is the name of the one that is used by default. */
export function sampleLatents<Kind extends ProcessKind>(
  generator: LatentGenerator<Kind>,
  options: SampleOptions<Kind>,
  defaultSampler: string,
): AsyncGenerator<SampleEvent, void, void> {
  const sampler = findSampler(options.sampler ?? defaultSampler, generator.processKind);
  const steps = options.steps ?? sampler.defaultSteps;
  assertCount('the number of steps', steps);
  // Steps that are chosen by what is met must not depend on the other images of a batch.
  const plan = planSampling(sampler.adaptive ? { ...options, batchSize: 1 } : options, { generator });
  const { guidance, temperature, execution } = plan;
  assertSameProcess(generator, guidance);

  const run = async function* ({ labels, sources }: ImageBatch): AsyncGenerator<BatchProgress, Tensor, void> {
    const shape = [labels.length, ...generator.latentShape];
    const { lease, compiled } = await compiledSteps(generator, sampler, guidance, execution);
    const rows = new GuidedRows(labels, generator.classes, guidance);
    try {
      const progress = runSampler({
        sampler,
        process: generator.process,
        steps,
        compiled,
        conditionAt: (time) => rows.at(time),
        noise: drawNormal(sources, shape),
        nextNoise: () => drawNormal(sources, shape, temperature),
        signal: options.signal,
      });
      return yield* mapProgress(progress, ({ latents, denoised, evaluations }) => ({
        evaluations,
        estimate: denoised ?? latents,
      }));
    } finally {
      rows.dispose();
      await lease.release();
    }
  };
  return sampleBatches(plan, options, { steps: sampler.adaptive ? undefined : steps, run });
}

/** @throws ArgumentError when a model to be guided away from was trained for something else. */
function assertSameProcess(
  { name, process }: Pick<LatentGenerator, 'name' | 'process'>,
  { model }: Guidance,
): void {
  if (model === undefined) return;
  const other = (model as Partial<LatentGenerator>).process;
  const [ours, theirs] = [JSON.stringify(process), JSON.stringify(other)];
  if (ours !== theirs) {
    throw new ArgumentError(
      `guidance: the other model is trained for ${theirs} and this ${name} for ${ours}`,
    );
  }
}

const stepsOf = new WeakMap<object, WeakMap<Process, Readonly<Record<string, SamplerStep>>>>();

/** The steps of a sampler for a process, the same functions at every use. */
export function samplerSteps<Kind extends ProcessKind>(
  sampler: Sampler<Kind>,
  process: ProcessOf[Kind],
): Readonly<Record<string, SamplerStep>> {
  const byProcess = stepsOf.get(sampler) ?? new WeakMap();
  stepsOf.set(sampler, byProcess);
  const steps = byProcess.get(process) ?? sampler.stepsFor(process);
  byProcess.set(process, steps);
  return steps;
}

async function compiledSteps<Kind extends ProcessKind>(
  generator: LatentGenerator<Kind>,
  sampler: Sampler<Kind>,
  { model }: Guidance,
  execution: Execution,
): Promise<{ lease: Lease<CompiledStep>; compiled: Record<string, CompiledStep> }> {
  const other = model as LatentGenerator<Kind> | undefined;
  const network: GuidedNetwork = { network: networkOf(generator), other: other && networkOf(other) };
  // Weights are part of what is compiled: others need other code.
  const weights = [generator, other].flatMap((each) => (each ? Object.values(each.stateDict()) : []));
  const names = weightNames(generator, other);
  const steps = Object.entries(samplerSteps(sampler, generator.process));
  const wanted = steps.map(
    ([, step]): Wanted<CompiledStep> => ({
      key: [step, ...executionKey(execution), ...weights],
      make: () => new CompiledStep({ step, network, names, execution }),
    }),
  );
  const lease = await Compilations.of(generator).lease('steps', wanted);
  const compiled = Object.fromEntries(steps.map(([name], i) => [name, lease.compiled[i]!]));
  return { lease, compiled };
}

function networkOf(generator: Pick<LatentGenerator, 'predict'>): Network {
  return (latents, time, { labels }) => generator.predict(latents, time, labels!);
}
