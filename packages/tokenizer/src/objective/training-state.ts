import type { Tensor } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import type { AdamState } from '@softvq/core/optim';
import type { LecamState } from '../losses/lecam.js';

/** Of the tokenizer. */
export interface GeneratorState {
  /** The tokenizer's `parameters()`, by their names. */
  readonly parameters: TensorRecord;
  /** Parameters of loss terms: `alignment.0.weight` for the term `alignment`. Empty when no term has any. */
  readonly termParameters: TensorRecord;
  /** Moments of both, by the same names. */
  readonly optimizer: AdamState;
  /** The exponential moving average of `parameters`; absent when there is none. */
  readonly average?: TensorRecord;
}

/** Of the discriminator. */
export interface DiscriminatorState {
  readonly parameters: TensorRecord;
  /** Running statistics and singular vectors: the discriminator's `buffers()`. */
  readonly buffers: TensorRecord;
  readonly optimizer: AdamState;
  /** Running means of the logits; absent without LeCAM. */
  readonly lecam?: LecamState;
}

/**
 * Everything that changes in training, as a plain tree of tensors: saved and loaded tensor by tensor (`flatten` of
 * `@softvq/core` names them), training resumes exactly, bit for bit.
 */
export interface TokenizerTrainingState {
  /** Completed steps: an int32 scalar. All schedules and random numbers depend on it. */
  readonly step: Tensor;
  readonly generator: GeneratorState;
  /** Absent when training is not adversarial. */
  readonly discriminator?: DiscriminatorState;
}

/**
 * What a step was worth: float32 scalars by name, left where the backend has them. Reading them (`item()`) waits for
 * the step, so read when there is something to log, and dispose them in any case.
 */
export interface TokenizerLosses {
  /**
   * `total`, every loss term by its name without its weight, and `gradientNorm` before clipping. Once the
   * discriminator takes part also `adversarial` and, where it is adaptive, `adaptiveWeight`.
   */
  readonly generator: Readonly<Record<string, Tensor>>;
  /**
   * `total`, `adversarial`, `lecam` and `consistency` where they are used, `realLogits` and `fakeLogits` (means), and
   * `gradientNorm` before clipping. Before the discriminator's start `total` is 0. Absent without a discriminator.
   */
  readonly discriminator?: Readonly<Record<string, Tensor>>;
}

export interface TokenizerStep {
  readonly state: TokenizerTrainingState;
  readonly losses: TokenizerLosses;
}

export interface TokenizerSteps {
  /** After the last step. */
  readonly state: TokenizerTrainingState;
  /** Of each step. */
  readonly losses: readonly TokenizerLosses[];
}
