import {
  ArgumentError,
  type CompiledFunction,
  compile,
  DisposedError,
  type DynamicAxes,
  flatten,
  fromHost,
  narrow,
  type SamplerState,
  type SamplerStep,
  type StepScalars,
  type Tensor,
} from '@softvq/core';
import { type GuidedCondition, type GuidedNetwork, guidedDenoise } from '../guidance/guided-network.js';
import type { Compiled } from './compilations.js';
import { type Execution, executionOptions } from './execution.js';

interface StepInput {
  readonly state: SamplerState;
  /** Numbers in alphabetical order of their names: one small upload a step. */
  readonly scalars: Tensor;
  readonly condition: GuidedCondition;
}

interface CompiledWithNames {
  readonly run: CompiledFunction<StepInput, SamplerState>;
  readonly scalarNames: readonly string[];
}

export interface CompiledStepParts {
  readonly step: SamplerStep;
  readonly network: GuidedNetwork;
  /** Of the network's weights. */
  readonly names: Readonly<Record<string, Tensor>>;
  readonly execution: Execution;
}

/** A step of a sampler compiled together with a network, for every batch size and number of rows. */
export class CompiledStep implements Compiled {
  readonly #parts: CompiledStepParts;
  #compiled: CompiledWithNames | undefined;
  #evaluations = 0;
  #disposed = false;

  constructor(parts: CompiledStepParts) {
    this.#parts = parts;
  }

  /** How often one run evaluates the network. Known after the first. */
  get evaluations(): number {
    return this.#evaluations;
  }

  /** Runs the step, compiling it at the first call. The results belong to the caller. */
  async run(state: SamplerState, scalars: StepScalars, condition: GuidedCondition): Promise<SamplerState> {
    if (this.#disposed) throw new DisposedError('sampling goes on after the generator was disposed');
    this.#compiled ??= this.#compile(state, Object.keys(scalars).sort(), condition);
    const { run, scalarNames } = this.#compiled;
    const vector = fromHost({
      dtype: 'float32',
      shape: [scalarNames.length],
      data: Float32Array.from(scalarNames, (name) => numberOf(scalars, name)),
    });
    try {
      return await run({ state, scalars: vector, condition });
    } finally {
      vector.dispose();
    }
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#compiled?.run.dispose();
  }

  #compile(
    state: SamplerState,
    scalarNames: readonly string[],
    condition: GuidedCondition,
  ): CompiledWithNames {
    const { step, network, names, execution } = this.#parts;
    const run = compile(
      (input: StepInput): SamplerState => {
        const denoise = guidedDenoise(network, input.condition);
        this.#evaluations = 0;
        const counted: typeof denoise = (latents, time) => {
          this.#evaluations += 1;
          return denoise(latents, time);
        };
        const scalars = scalarNames.map(
          (name, i) => [name, narrow(input.scalars, 0, i, 1).reshape([])] as const,
        );
        return step(counted, input.state, Object.fromEntries(scalars));
      },
      { ...executionOptions(execution, names), dynamic: symbolicSizes({ state, condition }) },
    );
    return { run, scalarNames };
  }
}

function numberOf(scalars: StepScalars, name: string): number {
  const value = scalars[name];
  if (value !== undefined && Number.isFinite(value)) return value;
  throw new ArgumentError(`a sampler's step needs a finite number "${name}" and was given ${String(value)}`);
}

/** The first axis of everything: of the batch, or of the rows of a network. */
function symbolicSizes(input: Pick<StepInput, 'state' | 'condition'>): Record<string, DynamicAxes> {
  const sizes = flatten(input).leaves.map(({ path }): [string, DynamicAxes] => {
    if (path === 'condition.scale') return [path, []];
    if (path.startsWith('condition.other.')) return [path, ['otherRows']];
    if (path === 'condition.rows' || path.startsWith('condition.given.')) return [path, ['rows']];
    return [path, ['batch']];
  });
  return Object.fromEntries(sizes);
}
