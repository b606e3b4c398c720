import { join } from 'node:path';
import { ArgumentError, tensorsIn } from '@softvq/core';
import type { Loader } from '@softvq/data';
import { type BestEvaluation, checkpointsFolderName, type TrainerRecord } from '../checkpoints/checkpoint.js';
import { type FoundCheckpoint, findLatestCheckpoint } from '../checkpoints/find-checkpoint.js';
import { loadState } from '../checkpoints/load-state.js';
import { pruneCheckpoints, saveCheckpoint } from '../checkpoints/save-checkpoint.js';
import { RunLogs } from '../logs/run-logs.js';
import { TrainingDivergedError } from '../training-error.js';
import { LossMeter } from './loss-meter.js';
import { lockOutput } from './output-lock.js';
import { assertContinues } from './same-training.js';
import { Stopwatch } from './stopwatch.js';
import type { TrainingEvent } from './training-event.js';
import type { Evaluation, TrainingTask } from './training-task.js';

export interface TrainOptions {
  /** Where checkpoints, logs and the model go. */
  readonly output: string;
  readonly steps: number;
  /** Steps in one call of the engine, where so many are left before something is due. */
  readonly stepsPerCall: number;
  /** Steps between progress events. */
  readonly logEvery: number;
  /** Steps between evaluations; 0 for one at the end only. */
  readonly evaluateEvery: number;
  /** Steps between checkpoints; 0 for one at the end only. */
  readonly checkpointEvery: number;
  /** How many checkpoints are kept, beside the best. */
  readonly keep: number;
  /** Whether to go on from the last checkpoint in `output`. Without it, `output` must have none. */
  readonly resume: boolean;
  /** The whole configuration, plain JSON. A checkpoint keeps it, and its `fixed` fields must be the same to go on. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Paths of fields of `config` that a training cannot change on its way: `model`, `batchSize`. */
  readonly fixed: readonly string[];
  /** What else the state belongs to; must be the same to go on. */
  readonly identity?: Readonly<Record<string, unknown>> | undefined;
  /** Aborting saves a checkpoint; then the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a training to its end, telling what happens. Steps follow each other without waiting for losses; those are read
 * when there is something to tell.
 *
 * One training at a time has the output folder; a second one waits until it can go on from what the first has saved.
 *
 * Going on from a checkpoint gives the same states and losses, bit for bit on one machine, as never having stopped.
 *
 * @throws ArgumentError when `output` holds another training; TrainingDivergedError when a loss is no finite number;
 * the signal's reason once it is aborted.
 */
export async function* train<State, Batch>(
  task: TrainingTask<State, Batch>,
  options: TrainOptions,
): AsyncGenerator<TrainingEvent, void, void> {
  options.signal?.throwIfAborted();
  const lock = yield* lockOutput(options.output, options.signal);
  try {
    yield* runOf(task, options);
  } finally {
    await lock.release();
  }
}

async function* runOf<State, Batch>(
  task: TrainingTask<State, Batch>,
  options: TrainOptions,
): AsyncGenerator<TrainingEvent, void, void> {
  const run = await TrainingRun.open(task, options);
  try {
    for await (const event of run.events()) {
      await run.log(event);
      yield event;
    }
  } finally {
    await run.close();
  }
}

/** A training under way. */
class TrainingRun<State, Batch> {
  readonly #task: TrainingTask<State, Batch>;
  readonly #options: TrainOptions;
  readonly #folder: string;
  readonly #loader: Loader<Batch>;
  readonly #logs: RunLogs;
  readonly #meter: LossMeter;
  readonly #stopwatch = new Stopwatch();
  /** Numbers of steps in a call that were compiled. */
  readonly #compiledCalls = new Set<number>();
  #state: State;
  /** Whether a step that failed has used up the state. */
  #stateLost = false;
  #step: number;
  #evaluationPending: boolean;
  #best: BestEvaluation | undefined;
  /** The last one that is good. */
  #checkpoint: FoundCheckpoint | undefined;

  private constructor(
    task: TrainingTask<State, Batch>,
    options: TrainOptions,
    begin: {
      state: State;
      loader: Loader<Batch>;
      logs: RunLogs;
      checkpoint: FoundCheckpoint | undefined;
    },
  ) {
    const record = begin.checkpoint?.record;
    this.#task = task;
    this.#options = options;
    this.#folder = join(options.output, checkpointsFolderName);
    this.#state = begin.state;
    this.#loader = begin.loader;
    this.#logs = begin.logs;
    this.#checkpoint = begin.checkpoint;
    this.#meter = new LossMeter(record?.losses);
    this.#step = record?.step ?? 0;
    this.#evaluationPending = record?.evaluationPending ?? false;
    this.#best = record?.best ?? undefined;
  }

  static async open<State, Batch>(
    task: TrainingTask<State, Batch>,
    options: TrainOptions,
  ): Promise<TrainingRun<State, Batch>> {
    const { output, resume } = options;
    const checkpoint = await findLatestCheckpoint(join(output, checkpointsFolderName));
    if (checkpoint !== undefined && !resume) {
      throw new ArgumentError(
        `${output} holds the checkpoint ${checkpoint.path} of an earlier training; go on with it (resume), or give a new folder`,
      );
    }
    if (checkpoint !== undefined) assertContinues(checkpoint, options);
    const initial = task.initialState();
    const state = checkpoint === undefined ? initial : await loadState(checkpoint.path, initial);
    const logs = await RunLogs.open(output, checkpoint?.record);
    try {
      const loader = task.openLoader(checkpoint?.record.loader);
      return new TrainingRun(task, options, { state, loader, logs, checkpoint });
    } catch (error) {
      await logs.close();
      throw error;
    }
  }

  log(event: TrainingEvent): Promise<void> {
    return this.#logs.write(event);
  }

  async close(): Promise<void> {
    this.#meter.dispose();
    for (const tensor of tensorsIn(this.#state)) tensor.dispose();
    await this.#loader.close();
    await this.#logs.close();
  }

  async *events(): AsyncGenerator<TrainingEvent, void, void> {
    const { steps, signal } = this.#options;
    yield {
      type: 'start',
      step: this.#step,
      steps,
      ...(this.#checkpoint && { checkpoint: this.#checkpoint.path }),
    };
    try {
      if (this.#evaluationPending) yield* this.#evaluate();
      while (this.#step < steps) {
        signal?.throwIfAborted();
        await this.#advance();
        yield* this.#betweenSteps();
      }
      const model = await this.#task.finish(this.#state, signal);
      yield { type: 'done', step: this.#step, ...model };
    } catch (error) {
      yield* this.#savedBefore(error);
      throw error;
    }
  }

  async #advance(): Promise<void> {
    const wanted = this.#stepsOfCall();
    const batches: Batch[] = [];
    let failure: { readonly error: unknown } | undefined;
    while (batches.length < wanted && failure === undefined) {
      try {
        batches.push(await this.#nextBatch());
      } catch (error) {
        failure = { error };
      }
    }
    // What was read before the data failed has left the loader, and is learnt from before that is told.
    const calls = failure === undefined ? [batches] : batches.map((batch) => [batch]);
    for (const call of calls) await this.#update(call);
    if (failure !== undefined) throw failure.error;
  }

  /** As many as one call may take, or 1 where something is due before. */
  #stepsOfCall(): number {
    const { steps, stepsPerCall, logEvery, evaluateEvery, checkpointEvery } = this.#options;
    const left = [logEvery, evaluateEvery, checkpointEvery]
      .filter((every) => every > 0)
      .map((every) => every - (this.#step % every));
    return Math.min(steps - this.#step, ...left) >= stepsPerCall ? stepsPerCall : 1;
  }

  async #nextBatch(): Promise<Batch> {
    const { done, value: batch } = await this.#batches.next();
    if (done !== true) return batch;
    throw new ArgumentError(`the data ended before step ${this.#options.steps} of the training`);
  }

  async #update(batches: readonly Batch[]): Promise<void> {
    this.#stateLost = true;
    const { state, losses } = await this.#task.advance(this.#state, batches, this.#step);
    this.#stateLost = false;
    this.#state = state;
    for (const each of losses) this.#meter.add(++this.#step, each);
    this.#evaluationPending = this.#isDue(this.#options.evaluateEvery);
    // The first call with so many steps compiles, which says nothing about those that follow.
    if (this.#compiledCalls.has(batches.length)) this.#stopwatch.steps(batches.length);
    else this.#stopwatch.start();
    this.#compiledCalls.add(batches.length);
  }

  get #batches(): AsyncIterator<Batch, undefined> {
    return this.#loader[Symbol.asyncIterator]();
  }

  /** Whether something that happens every so many steps, and at the end, happens now. */
  #isDue(every: number): boolean {
    return this.#step === this.#options.steps || (every > 0 && this.#step % every === 0);
  }

  async *#betweenSteps(): AsyncGenerator<TrainingEvent, void, void> {
    const { logEvery, checkpointEvery } = this.#options;
    const pauses = this.#isDue(checkpointEvery) || this.#evaluationPending;
    if (this.#isDue(logEvery)) yield await this.#progress();
    if (!pauses) return;
    if (this.#evaluationPending) yield* this.#evaluate();
    if (this.#isDue(checkpointEvery)) yield* this.#saved();
    this.#stopwatch.start();
  }

  async #progress(): Promise<TrainingEvent> {
    await this.#settle();
    const { batchSize } = this.#task;
    const { steps } = this.#options;
    const secondsPerStep = this.#stopwatch.lap();
    return {
      type: 'progress',
      step: this.#step,
      steps,
      losses: this.#meter.takeMeans(),
      ...(secondsPerStep !== undefined && {
        imagesPerSecond: batchSize / secondsPerStep,
        secondsLeft: (steps - this.#step) * secondsPerStep,
      }),
    };
  }

  /** @throws TrainingDivergedError */
  async #settle(): Promise<void> {
    const bad = await this.#meter.settle();
    if (bad === undefined) return;
    throw new TrainingDivergedError(bad.step, bad.loss, bad.value, this.#checkpoint?.path);
  }

  async *#evaluate(): AsyncGenerator<TrainingEvent, void, void> {
    // What diverged is not worth measuring.
    await this.#settle();
    const evaluation = await this.#task.evaluate(this.#state, this.#step, this.#options.signal);
    const best = this.#isBest(evaluation);
    if (best) this.#best = { step: this.#step, score: evaluation.score };
    this.#evaluationPending = false;
    yield { type: 'evaluation', step: this.#step, best, ...evaluation };
    if (best) yield* this.#saved();
  }

  #isBest({ score }: Evaluation): boolean {
    return Number.isFinite(score) && (this.#best === undefined || score >= this.#best.score);
  }

  /** Saves a checkpoint, unless nothing was done since the last one. */
  async *#saved(): AsyncGenerator<TrainingEvent, void, void> {
    const known = this.#checkpoint?.record;
    if (
      this.#step === 0 ||
      (known?.step === this.#step && known.evaluationPending === this.#evaluationPending)
    ) {
      return;
    }
    await this.#settle();
    const record = await this.#record();
    const path = await saveCheckpoint(this.#folder, this.#state, record);
    this.#checkpoint = { path, record };
    await pruneCheckpoints(this.#folder, { keep: this.#options.keep, best: this.#best?.step });
    yield { type: 'checkpoint', step: this.#step, path };
  }

  /** Saves what can be saved before an error goes on its way. */
  async *#savedBefore(error: unknown): AsyncGenerator<TrainingEvent, void, void> {
    if (this.#stateLost || error instanceof TrainingDivergedError) return;
    try {
      yield* this.#saved();
    } catch (failure) {
      // Who aborts counts on the checkpoint; for others the first error is what matters.
      if (this.#options.signal?.aborted === true) throw failure;
    }
  }

  async #record(): Promise<TrainerRecord> {
    return {
      format: 'softvq-training',
      formatVersion: 1,
      step: this.#step,
      loader: this.#loader.state(),
      config: this.#options.config,
      identity: this.#options.identity ?? {},
      losses: this.#meter.state(),
      evaluationPending: this.#evaluationPending,
      best: this.#best ?? null,
      logs: await this.#logs.positions(),
    };
  }
}
