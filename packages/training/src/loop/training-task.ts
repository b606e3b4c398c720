import type { Tensor } from '@softvq/core';
import type { Loader, LoaderState, Picture } from '@softvq/data';

/** What a training loop drives: a model with its data. `State` is a tree of tensors. */
export interface TrainingTask<State, Batch> {
  /** How many pictures a step takes. */
  readonly batchSize: number;
  /** The state before the first step; also the structure that a saved state is loaded into. */
  initialState(): State;
  /**
   * An update for each batch, at least one. The state is given up; the losses are scalars that the caller disposes.
   *
   * @param step completed steps before.
   */
  advance(state: State, batches: readonly Batch[], step: number): Promise<Advance<State>>;
  /** Batches from the beginning, or from where a loader was. */
  openLoader(resume: LoaderState | undefined): Loader<Batch>;
  /**
   * Measures the model of a state, which stays.
   *
   * @param step completed steps.
   */
  evaluate(state: State, step: number, signal: AbortSignal | undefined): Promise<Evaluation>;
  /** Makes what is left behind at the end: the saved model. */
  finish(state: State, signal: AbortSignal | undefined): Promise<FinishedModel>;
  /** Frees the models, and what was compiled and opened. */
  dispose(): Promise<void>;
}

export interface Advance<State> {
  readonly state: State;
  /** Of each update. */
  readonly losses: readonly Readonly<Record<string, Tensor>>[];
}

/** What an evaluation found. */
export interface Evaluation {
  /** Figures by name, such as `psnr` in dB. */
  readonly figures: Readonly<Record<string, number>>;
  /** What checkpoints are ranked by: more is better. */
  readonly score: number;
  /** Pictures by name, as PNG files. */
  readonly pictures: readonly EvaluationPicture[];
}

export interface EvaluationPicture {
  readonly name: string;
  /** Where the file is. */
  readonly path: string;
  readonly picture: Picture;
}

export interface FinishedModel {
  /** The folder of the saved model. */
  readonly folder: string;
  /** Figures about it by name. */
  readonly figures: Readonly<Record<string, number>>;
}
