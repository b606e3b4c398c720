import type { Tensor } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import type { AdamState } from '@softvq/core/optim';

/**
 * Everything that changes in training, as a plain tree of tensors: saved and loaded tensor by tensor (`flatten` of
 * `@softvq/core` names them), training resumes exactly, bit for bit.
 */
export interface GeneratorTrainingState {
  /** Completed steps: an int32 scalar. Schedules and random numbers depend on it. */
  readonly step: Tensor;
  /** The generator's `parameters()`, by their names. */
  readonly parameters: TensorRecord;
  /** Moments, by the same names. */
  readonly optimizer: AdamState;
  /** The exponential moving average of `parameters`; absent when there is none. */
  readonly average?: TensorRecord;
}

/** What a generator learns from. */
export interface LatentTrainingBatch {
  /** (batch, …latentShape), normalised. */
  readonly latents: Tensor;
  /** (batch), int32: classes from 0. */
  readonly labels: Tensor;
}

/**
 * `total` and `gradientNorm` before clipping: float32 scalars, left where the backend has them. Reading them (`item()`)
 * waits for the step, so read when there is something to log, and dispose them in any case.
 */
export interface GeneratorLosses {
  readonly total: Tensor;
  readonly gradientNorm: Tensor;
}

export interface GeneratorStep {
  readonly state: GeneratorTrainingState;
  readonly losses: GeneratorLosses;
}

export interface GeneratorSteps {
  /** After the last step. */
  readonly state: GeneratorTrainingState;
  /** Of each step. */
  readonly losses: readonly GeneratorLosses[];
}
