import type { Backend } from '@softvq/core';

export interface TrainingOptions {
  /** What computes. */
  readonly backend: Backend;
  /** Aborting saves a checkpoint; then the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}
