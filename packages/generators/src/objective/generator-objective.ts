import {
  ArgumentError,
  type Backend,
  type CompiledFunction,
  compile,
  formatShape,
  type Generator,
  type LossDraws,
  type RandomSource,
  ShapeError,
  scalar,
  type Tensor,
  tensorsIn,
  valueAndGrad,
} from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import {
  type AdamState,
  accumulateGradients,
  adamW,
  clipByGlobalNorm,
  type Ema,
  ema,
  type LossAndGradient,
  type Optimizer,
} from '@softvq/core/optim';
import { RandomStream } from '@softvq/core/random';
import type {
  GeneratorLosses,
  GeneratorStep,
  GeneratorSteps,
  GeneratorTrainingState,
  LatentTrainingBatch,
} from './training-state.js';

/** What an objective needs of a generator. All that follow the `Generator` contract have it. */
export interface TrainableGenerator
  extends Pick<Generator, 'latentShape' | 'classes' | 'drawLoss' | 'loss' | 'parameters'> {
  with(tensors: TensorRecord): this;
}

export interface GeneratorObjectiveOptions {
  /** Default AdamW at a rate of 1e-4 with betas 0.9 and 0.999 and without decay, as SiT and DiT were trained. */
  readonly optimizer?: Optimizer<AdamState>;
  /** Largest global norm of the gradients. Default 1; Infinity for no bound. */
  readonly maximumGradientNorm?: number;
  /** Decay of the moving average of the parameters, or null for no average. Default 0.9999. */
  readonly averageDecay?: number | null;
  /** Into how many parts a batch is cut so that activations of one part at a time are needed. Default 1. */
  readonly accumulation?: number;
  /** Of times, noise, dropped labels and dropout: a whole number from 0. Default 0. */
  readonly seed?: number;
  /** The default is the default backend at the first step. */
  readonly backend?: Backend;
}

/** What one update takes beside the state. */
interface Update {
  readonly batch: LatentTrainingBatch;
  /** One for each part of the batch. */
  readonly draws: readonly LossDraws[];
}

interface StepsInput {
  readonly state: GeneratorTrainingState;
  readonly updates: readonly Update[];
}

interface MeasureInput {
  readonly parameters: TensorRecord;
  readonly batch: LatentTrainingBatch;
  readonly draws: LossDraws;
}

/**
 * Trains a generator step by step: draws, loss with label dropout, gradients, clipping, AdamW and moving average are
 * one call of the backend. Everything but the batch stays where the backend has it.
 *
 *     const objective = new GeneratorObjective(new SiT({ ...presets['sit-b'], latentShape: [64, 32] }));
 *     let state = objective.initialState();
 *     for (const batch of batches) {
 *       const result = await objective.step(state, batch);
 *       state = result.state;
 *     }
 *     const trained = objective.generatorOf(state, { average: true });
 */
export class GeneratorObjective<Model extends TrainableGenerator> {
  readonly #generator: Model;
  readonly #optimizer: Optimizer<AdamState>;
  readonly #maximumGradientNorm: number;
  readonly #average: Ema | undefined;
  readonly #accumulation: number;
  readonly #seed: number;
  readonly #steps: CompiledFunction<StepsInput, GeneratorSteps>;
  readonly #measure: CompiledFunction<MeasureInput, { readonly loss: Tensor }>;
  /** Of the states that this objective made, so that nobody has to ask the backend. */
  readonly #numbers = new WeakMap<Tensor, number>();

  /** @throws ArgumentError that says what to change, for options that are out of range. */
  constructor(generator: Model, options: GeneratorObjectiveOptions = {}) {
    const { averageDecay = 0.9999, accumulation = 1, seed = 0, maximumGradientNorm = 1, backend } = options;
    if (Object.keys(generator.parameters()).length === 0) {
      throw new ArgumentError('nothing to train: all parameters of the generator are frozen');
    }
    if (!Number.isInteger(accumulation) || accumulation < 1) {
      throw new ArgumentError(`accumulation must be a whole number from 1, not ${accumulation}`);
    }
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new ArgumentError(`seed must be a whole number from 0, not ${seed}`);
    }
    if (!(maximumGradientNorm > 0)) {
      throw new ArgumentError(`maximumGradientNorm must be a number above 0, not ${maximumGradientNorm}`);
    }
    this.#generator = generator;
    this.#optimizer = options.optimizer ?? adamW({ learningRate: 1e-4, betas: [0.9, 0.999], weightDecay: 0 });
    this.#maximumGradientNorm = maximumGradientNorm;
    this.#average = averageDecay === null ? undefined : ema(averageDecay);
    this.#accumulation = accumulation;
    this.#seed = seed;
    const on = backend === undefined ? {} : { backend };
    this.#steps = compile((input: StepsInput) => this.#traced(input), { ...on, donate: ['state'] });
    this.#measure = compile(
      ({ parameters, batch: { latents, labels }, draws }: MeasureInput) => ({
        loss: generator.with(parameters).loss(latents, labels, draws),
      }),
      on,
    );
  }

  /**
   * The state before the first step. It holds the generator's own parameters, which the first step gives up: from then
   * on they are in the states, and the generator is had from `generatorOf`. A state that was saved is continued with
   * by passing it to `step`; then this one is not needed and costs nothing.
   */
  initialState(): GeneratorTrainingState {
    const parameters = this.#generator.parameters();
    const state = {
      step: scalar(0, 'int32'),
      parameters,
      optimizer: this.#optimizer.init(parameters),
      ...(this.#average && { average: this.#average.init(parameters) }),
    };
    this.#numbers.set(state.step, 0);
    return state;
  }

  /**
   * One update of the generator and its average.
   *
   * @param state is given up: its tensors are disposed, whether the step succeeds or not.
   * @param batch of static shapes; new ones compile anew. Not disposed.
   * @throws ArgumentError for the state of another objective, ShapeError for a batch that does not fit the generator
   * or does not divide by `accumulation`.
   */
  async step(state: GeneratorTrainingState, batch: LatentTrainingBatch): Promise<GeneratorStep> {
    const { state: next, losses } = await this.steps(state, [batch]);
    return { state: next, losses: losses[0]! };
  }

  /**
   * An update for each batch, all in one call of the backend: the same numbers as from so many calls of `step`, but the
   * state is handed back once. Small networks gain by it; compiling takes longer with the number of batches, and each
   * number is compiled on its own.
   *
   * @throws ArgumentError for no batch, and what `step` throws.
   */
  async steps(
    state: GeneratorTrainingState,
    batches: readonly LatentTrainingBatch[],
  ): Promise<GeneratorSteps> {
    const completed = await this.completedSteps(state);
    const updates = this.#updatesOf(completed, batches);
    this.#assertFits(state);
    try {
      const result = await this.#steps({ state, updates });
      this.#numbers.set(result.state.step, completed + batches.length);
      return result;
    } catch (error) {
      for (const tensor of tensorsIn(state)) tensor.dispose();
      throw error;
    } finally {
      for (const tensor of tensorsIn(updates.map(({ draws }) => draws))) tensor.dispose();
    }
  }

  /**
   * Compiles what the next step from this state with such a batch will run, so that it is as fast as those after it.
   * Neither is given up.
   */
  async prepare(state: GeneratorTrainingState, batch: LatentTrainingBatch): Promise<void> {
    const updates = this.#updatesOf(await this.completedSteps(state), [batch]);
    this.#assertFits(state);
    await this.#steps.prepare({ state, updates });
    for (const tensor of tensorsIn(updates.map(({ draws }) => draws))) tensor.dispose();
  }

  /**
   * The loss of a batch, without learning from it: of the average where there is one, unless `average` is false.
   *
   * @param random what the loss draws from; the same numbers make losses of different states comparable.
   */
  async measure(
    state: GeneratorTrainingState,
    batch: LatentTrainingBatch,
    { random, average = true }: { readonly random: RandomSource; readonly average?: boolean },
  ): Promise<number> {
    const draws = this.#generator.drawLoss(this.#sizeOf(batch), random);
    const parameters = (average ? state.average : undefined) ?? state.parameters;
    try {
      const { loss } = await this.#measure({ parameters, batch, draws });
      const value = await loss.item();
      loss.dispose();
      return value;
    } finally {
      for (const tensor of tensorsIn(draws)) tensor.dispose();
    }
  }

  /** How many steps led to a state. Of a state that this objective made it is known without asking the backend. */
  async completedSteps({ step }: GeneratorTrainingState): Promise<number> {
    const known = this.#numbers.get(step) ?? (await step.item());
    this.#numbers.set(step, known);
    return known;
  }

  /**
   * The generator with the parameters of a state, or with their average. It shares the state's tensors, and so lasts
   * until the state is given up.
   *
   * @throws ArgumentError when the average is asked for and there is none.
   */
  generatorOf(
    state: GeneratorTrainingState,
    { average = false }: { readonly average?: boolean } = {},
  ): Model {
    const parameters = average ? state.average : state.parameters;
    if (parameters === undefined) {
      throw new ArgumentError('this state has no average of the parameters: averageDecay was null');
    }
    return this.#generator.with(parameters);
  }

  /** Frees what was compiled. States are left alone. */
  async dispose(): Promise<void> {
    await Promise.all([this.#steps.dispose(), this.#measure.dispose()]);
  }

  #traced({ state, updates }: StepsInput): GeneratorSteps {
    const losses: GeneratorLosses[] = [];
    let current = state;
    for (const update of updates) {
      const step = this.#tracedUpdate(current, update);
      current = step.state;
      losses.push(step.losses);
    }
    return { state: current, losses };
  }

  #tracedUpdate(state: GeneratorTrainingState, { batch, draws }: Update): GeneratorStep {
    let part = 0;
    const lossAndGradient: LossAndGradient<TensorRecord, LatentTrainingBatch, undefined> = (
      variables,
      { latents, labels },
    ) => {
      const drawn = draws[part++]!;
      return valueAndGrad((parameters: TensorRecord) =>
        this.#generator.with(parameters).loss(latents, labels, drawn),
      )(variables);
    };
    const inParts =
      this.#accumulation === 1 ? lossAndGradient : accumulateGradients(this.#accumulation, lossAndGradient);
    const { value, gradient } = inParts(state.parameters, batch);
    const { gradients, norm } = clipByGlobalNorm(gradient, this.#maximumGradientNorm);
    const updated = this.#optimizer.update(state.parameters, gradients, state.optimizer);
    const average = state.average && this.#average?.update(state.average, updated.parameters);
    return {
      state: {
        step: state.step.add(1),
        parameters: updated.parameters,
        optimizer: updated.state,
        ...(average && { average }),
      },
      losses: { total: value, gradientNorm: norm },
    };
  }

  #updatesOf(completed: number, batches: readonly LatentTrainingBatch[]): Update[] {
    if (batches.length === 0) throw new ArgumentError('steps takes at least one batch');
    const sizes = batches.map((batch) => this.#partSizeOf(batch));
    return batches.map((batch, i) => ({ batch, draws: this.#drawsOf(completed + i, sizes[i]!) }));
  }

  #partSizeOf(batch: LatentTrainingBatch): number {
    const size = this.#sizeOf(batch);
    if (size % this.#accumulation === 0) return size / this.#accumulation;
    throw new ShapeError(`a batch of ${size} does not divide into ${this.#accumulation} parts`);
  }

  /** Numbers of a step, for each part of its batch: they depend on the seed and on how many steps there were. */
  #drawsOf(completed: number, partSize: number): LossDraws[] {
    const random = new RandomStream({ seed: this.#seed, name: 'generator-training', index: completed });
    return Array.from({ length: this.#accumulation }, (_, part) =>
      this.#generator.drawLoss(partSize, random.child('part', part)),
    );
  }

  /** @throws ShapeError unless this is a batch of the generator's latents with as many labels. */
  #sizeOf({ latents, labels }: LatentTrainingBatch): number {
    const { latentShape } = this.#generator;
    const [size, ...ofOne] = latents.shape;
    if (typeof size === 'number' && size > 0 && ofOne.join() === latentShape.join()) {
      if (formatShape(labels.shape) === formatShape([size]) && labels.dtype === 'int32') return size;
      throw new ShapeError(`the labels of ${size} latents must be int32 [${size}], not ${labels.toString()}`);
    }
    throw new ShapeError(
      `the generator learns from latents (batch, ${latentShape.join(', ')}), not ${formatShape(latents.shape)}`,
    );
  }

  #assertFits({ average }: GeneratorTrainingState): void {
    if ((average === undefined) === (this.#average === undefined)) return;
    const problem =
      average === undefined
        ? 'no average, and this objective keeps one'
        : 'an average, and this objective keeps none';
    throw new ArgumentError(
      `this state is of another objective: it has ${problem}; take what is missing from initialState(), and leave out the rest`,
    );
  }
}
