import {
  ArgumentError,
  type Backend,
  type CompiledFunction,
  compile,
  scalar,
  type Tensor,
  tensorsIn,
} from '@softvq/core';
import { initialLecamState } from '../losses/lecam.js';
import {
  type DiscriminatorInput,
  type DiscriminatorOutput,
  discriminatorStep,
} from './discriminator-step.js';
import { type GeneratorInput, type GeneratorOutput, generatorStep } from './generator-step.js';
import type { TokenizerPass } from './loss-term.js';
import type { PassOf, TokenizerObjectiveOptions, TrainableTokenizer } from './objective-options.js';
import { type AdversarialSettings, resolveSettings, type Settings } from './settings.js';
import type {
  TokenizerLosses,
  TokenizerStep,
  TokenizerSteps,
  TokenizerTrainingState,
} from './training-state.js';
import { type UpdatesInput, type UpdatesOutput, updatesAlone } from './updates-alone.js';

/** What is compiled for one phase of a training with a discriminator: before or after it takes part. */
interface Phase {
  readonly adversarial: boolean;
  readonly generator: CompiledFunction<GeneratorInput, GeneratorOutput & { readonly next: Tensor }>;
  readonly discriminator: CompiledFunction<DiscriminatorInput, DiscriminatorOutput>;
}

/**
 * Trains a tokenizer step by step, by default as SoftVQ-VAE was trained (Chen et al., CVPR 2025): the tokenizer is
 * updated, then its average, then the discriminator with the same reconstruction. Everything but the images stays
 * where the backend has it.
 *
 *     const objective = new TokenizerObjective(tokenizer);
 *     let state = objective.initialState();
 *     for (const images of batches) {
 *       const result = await objective.step(state, images);
 *       state = result.state;
 *     }
 *     const trained = objective.tokenizerOf(state, { average: true });
 *
 * Without options the mean squared error and the terms of the tokenizer's kind (`bottleneckTerms`) are minimised, with
 * no frozen network and no discriminator. The paper's objective names them:
 *
 *     new TokenizerObjective(tokenizer, {
 *       losses: {
 *         reconstruction: reconstructionTerm(),
 *         perceptual: perceptualTerm(lpips, { warmupSteps: 10_000 }),
 *         entropy: entropyTerm(),
 *         alignment: alignmentTerm(dinov2, { latentWidth: tokenizer.latentWidth }),
 *       },
 *       adversarial: { discriminator: new DinoDiscriminator({ features: dino }) },
 *     });
 */
export class TokenizerObjective<
  Model extends TrainableTokenizer,
  Pass extends TokenizerPass = PassOf<Model>,
> {
  private readonly settings: Settings<Model, Pass>;
  private readonly backend: Backend | undefined;
  /** Where there is no discriminator. */
  private readonly alone: CompiledFunction<UpdatesInput, UpdatesOutput> | undefined;
  private phase: Phase | undefined;
  /** Of the states that this objective made, so that nobody has to ask the backend. */
  private readonly numbers = new WeakMap<Tensor, number>();

  /** @throws ArgumentError that says what to change, for options that are out of range or contradict each other. */
  constructor(tokenizer: Model, options: TokenizerObjectiveOptions<Model, Pass> = {}) {
    this.settings = resolveSettings(tokenizer, options);
    this.backend = options.backend;
    if (this.settings.adversarial === undefined) {
      const traced = (input: UpdatesInput) => updatesAlone(this.settings, input);
      this.alone = compile(traced, { ...this.onBackend, donate: ['state'] });
    }
  }

  /**
   * The state before the first step. It holds the tokenizer's and the discriminator's own parameters, which the first
   * step gives up: from then on they are in the states, and the tokenizer is had from `tokenizerOf`. A state that was
   * saved is continued with by passing it to `step`; then this one is not needed and costs nothing.
   */
  initialState(): TokenizerTrainingState {
    const { tokenizer, termParameters, optimizer, average, adversarial } = this.settings;
    const parameters = tokenizer.parameters();
    const state: TokenizerTrainingState = {
      step: scalar(0, 'int32'),
      generator: {
        parameters,
        termParameters,
        optimizer: optimizer.init({ ...parameters, ...termParameters }),
        ...(average && { average: average.init(parameters) }),
      },
      ...(adversarial && {
        discriminator: {
          parameters: adversarial.discriminator.parameters(),
          buffers: adversarial.discriminator.buffers(),
          optimizer: adversarial.optimizer.init(adversarial.discriminator.parameters()),
          ...(adversarial.lecam > 0 && { lecam: initialLecamState() }),
        },
      }),
    };
    this.numbers.set(state.step, 0);
    return state;
  }

  /**
   * One update of the tokenizer, its average and the discriminator, each network in one call of the backend.
   *
   * @param state is given up: its tensors are disposed, whether the step succeeds or not.
   * @param images (batch, 3, height, width) in [-1, 1]; a new shape compiles anew. Not disposed.
   * @throws ArgumentError for the state of another objective, ShapeError for images that the tokenizer does not take or
   * a batch that does not divide by `accumulation`.
   */
  async step(state: TokenizerTrainingState, images: Tensor): Promise<TokenizerStep> {
    const { state: next, losses } = await this.steps(state, [images]);
    return { state: next, losses: losses[0]! };
  }

  /**
   * An update for each batch of images: the same numbers as from so many calls of `step`. Without a discriminator all
   * of them are one call of the backend, and the state is handed back once. Small networks gain by it; compiling takes
   * longer with the number of batches, and each number is compiled on its own.
   *
   * @throws ArgumentError for no batch, and what `step` throws.
   */
  async steps(state: TokenizerTrainingState, batches: readonly Tensor[]): Promise<TokenizerSteps> {
    if (batches.length === 0) throw new ArgumentError('steps takes at least one batch');
    this.assertFits(state);
    if (this.alone !== undefined) return this.stepsAlone(this.alone, state, batches);
    const losses: TokenizerLosses[] = [];
    let current = state;
    try {
      for (const images of batches) {
        const step = await this.stepWithDiscriminator(current, images);
        current = step.state;
        losses.push(step.losses);
      }
    } catch (error) {
      for (const tensor of tensorsIn(losses)) tensor.dispose();
      throw error;
    }
    return { state: current, losses };
  }

  private async stepsAlone(
    alone: CompiledFunction<UpdatesInput, UpdatesOutput>,
    state: TokenizerTrainingState,
    batches: readonly Tensor[],
  ): Promise<TokenizerSteps> {
    const completed = await this.completedSteps(state);
    try {
      const { state: next, losses } = await alone({ state, batches });
      this.numbers.set(next.step, completed + batches.length);
      return { state: next, losses: losses.map((generator) => ({ generator })) };
    } catch (error) {
      for (const tensor of tensorsIn(state)) tensor.dispose();
      throw error;
    }
  }

  private async stepWithDiscriminator(state: TokenizerTrainingState, images: Tensor): Promise<TokenizerStep> {
    const completed = await this.completedSteps(state);
    const { adversarial, generator, discriminator } = await this.phaseAt(completed, state);
    const made: unknown[] = [];
    try {
      const first = await generator(generatorInput(state, images, adversarial));
      made.push(first);
      this.numbers.set(first.next, completed + 1);
      const second = await discriminator(discriminatorInput(state, images, first));
      return {
        state: { step: first.next, generator: first.generator, discriminator: second.discriminator },
        losses: { generator: first.losses, discriminator: second.losses },
      };
    } catch (error) {
      for (const tensor of [...tensorsIn(made), ...tensorsIn(state)]) tensor.dispose();
      throw error;
    } finally {
      state.step.dispose();
    }
  }

  /**
   * Compiles what the next step from this state with such images will run, so that it is as fast as those after it.
   * Neither is given up.
   */
  async prepare(state: TokenizerTrainingState, images: Tensor): Promise<void> {
    this.assertFits(state);
    if (this.alone !== undefined) return this.alone.prepare({ state, batches: [images] });
    const { adversarial, generator, discriminator } = await this.phaseAt(
      await this.completedSteps(state),
      state,
    );
    await generator.prepare(generatorInput(state, images, adversarial));
    await discriminator.prepare(
      discriminatorInput(state, images, {
        reconstruction: images,
        buffers: adversarial ? state.discriminator!.buffers : {},
      }),
    );
  }

  /** How many steps led to a state. Of a state that this objective made it is known without asking the backend. */
  async completedSteps({ step }: TokenizerTrainingState): Promise<number> {
    const known = this.numbers.get(step) ?? (await step.item());
    this.numbers.set(step, known);
    return known;
  }

  /**
   * The tokenizer with the parameters of a state, or with their average. It shares the state's tensors, and so lasts
   * until the state is given up.
   *
   * @throws ArgumentError when the average is asked for and there is none.
   */
  tokenizerOf(
    { generator }: TokenizerTrainingState,
    { average = false }: { readonly average?: boolean } = {},
  ): Model {
    const parameters = average ? generator.average : generator.parameters;
    if (parameters === undefined) {
      throw new ArgumentError('this state has no average of the parameters: averageDecay was null');
    }
    return this.settings.tokenizer.with(parameters);
  }

  /** Frees what was compiled. States are left alone. */
  async dispose(): Promise<void> {
    await Promise.all([this.alone?.dispose(), this.disposePhase()]);
  }

  private async disposePhase(): Promise<void> {
    const { phase } = this;
    this.phase = undefined;
    await phase?.generator.dispose();
    await phase?.discriminator.dispose();
  }

  private get onBackend(): { readonly backend?: Backend } {
    return this.backend === undefined ? {} : { backend: this.backend };
  }

  /** What runs the next step. When the discriminator begins to take part, what ran before is freed. */
  private async phaseAt(completed: number, state: TokenizerTrainingState): Promise<Phase> {
    const { adversarial: settings } = this.settings;
    const adversarial = completed + 1 >= settings!.start;
    if (this.phase?.adversarial !== adversarial) {
      await this.disposePhase();
      this.phase = this.compilePhase({ ...this.settings, adversarial: settings! }, adversarial, state);
    }
    return this.phase!;
  }

  private compilePhase(
    settings: Settings<Model, Pass> & { readonly adversarial: AdversarialSettings },
    adversarial: boolean,
    { discriminator }: TokenizerTrainingState,
  ): Phase {
    const judged = adversarial && tensorsIn(discriminator?.buffers).length > 0;
    return {
      adversarial,
      generator: compile(
        (input: GeneratorInput) => ({ ...generatorStep(settings, input), next: input.step.add(1) }),
        { ...this.onBackend, donate: judged ? ['generator', 'judge.buffers'] : ['generator'] },
      ),
      discriminator: compile((input: DiscriminatorInput) => discriminatorStep(settings, adversarial, input), {
        ...this.onBackend,
        donate: ['discriminator', 'reconstruction'],
      }),
    };
  }

  private assertFits({ generator, discriminator }: TokenizerTrainingState): void {
    const { adversarial, average } = this.settings;
    const problems = [
      adversarial !== undefined &&
        discriminator === undefined &&
        'no discriminator, and this objective has one',
      adversarial === undefined &&
        discriminator !== undefined &&
        'a discriminator, and this objective has none',
      average !== undefined && generator.average === undefined && 'no average, and this objective keeps one',
      average === undefined && generator.average !== undefined && 'an average, and this objective keeps none',
      discriminator !== undefined &&
        adversarial !== undefined &&
        (discriminator.lecam === undefined) !== (adversarial.lecam === 0) &&
        'LeCAM means where this objective has none, or the other way round',
    ];
    const problem = problems.find((each) => each !== false);
    if (problem === undefined) return;
    throw new ArgumentError(
      `this state is of another objective: it has ${problem}; take what is missing from initialState(), and leave out the rest`,
    );
  }
}

function generatorInput(
  { step, generator, discriminator }: TokenizerTrainingState,
  images: Tensor,
  adversarial: boolean,
): GeneratorInput {
  if (!adversarial) return { step, images, generator };
  const { parameters, buffers } = discriminator!;
  return { step, images, generator, judge: { parameters, buffers } };
}

function discriminatorInput(
  { step, discriminator }: TokenizerTrainingState,
  images: Tensor,
  { reconstruction, buffers }: Pick<GeneratorOutput, 'reconstruction' | 'buffers'>,
): DiscriminatorInput {
  const before = discriminator!;
  return {
    step,
    images,
    reconstruction,
    discriminator: { ...before, buffers: { ...before.buffers, ...buffers } },
  };
}
