import { SoftVQError } from '@softvq/core';

/** A loss, or the norm of a gradient, that is no finite number any more. */
export class TrainingDivergedError extends SoftVQError {
  override readonly name = 'TrainingDivergedError';
  /** The first step whose losses are not finite, from 1. */
  readonly step: number;
  /** Which loss it was. */
  readonly loss: string;
  /** The folder of the last checkpoint that is good, if there is one. */
  readonly checkpoint: string | undefined;

  constructor(step: number, loss: string, value: number, checkpoint: string | undefined) {
    const remedy =
      checkpoint === undefined
        ? 'no checkpoint had been saved yet'
        : `the last good checkpoint is ${checkpoint}`;
    super(
      'training',
      `training diverged: ${loss} is ${value} at step ${step}; ${remedy}. A lower learning rate, a longer warm-up or a smaller maximumGradientNorm may help`,
    );
    this.step = step;
    this.loss = loss;
    this.checkpoint = checkpoint;
  }
}
