import { ArgumentError, cos, less, where } from '@softvq/core';
import { type AdamState, adamW, type Optimizer, type Schedule } from '@softvq/core/optim';

export interface TokenizerOptimizerOptions {
  /** Default 1e-4. */
  readonly learningRate?: number | Schedule;
  /** Of tensors with two axes or more that are no biases. Default 1e-4. */
  readonly weightDecay?: number;
}

/** AdamW with betas 0.9 and 0.95 that leaves biases and scales undecayed, for tokenizer and discriminator alike. */
export function tokenizerOptimizer({
  learningRate = 1e-4,
  weightDecay = 1e-4,
}: TokenizerOptimizerOptions = {}): Optimizer<AdamState> {
  const undecayed = {
    match: (name: string, { rank }: { readonly rank: number }) => rank <= 1 || name.endsWith('.bias'),
    weightDecay: 0,
  };
  return adamW({ learningRate, betas: [0.9, 0.95], weightDecay, groups: [undecayed] });
}

export interface TokenizerLearningRateOptions {
  /** Default 1e-4; the recipe has 1e-4 for each 256 images of a batch. */
  readonly peak?: number;
  /** Steps of the whole training. */
  readonly totalSteps: number;
  /** Steps during which the rate rises linearly; the recipe has one epoch. Default 0. */
  readonly warmupSteps?: number;
  /** Rate of the first step of the warm-up. Default 1e-5. */
  readonly initial?: number;
  /** Rate at the end. Default a tenth of the peak. */
  readonly final?: number;
}

/**
 * The learning rate SoftVQ was trained with: half a period of a cosine over all steps, of which a linear warm-up
 * replaces the first. The cosine does not wait for it: it is entered where it would have been.
 *
 * @throws ArgumentError unless 0 ≤ warmupSteps < totalSteps are whole numbers.
 */
export function tokenizerLearningRate({
  peak = 1e-4,
  totalSteps,
  warmupSteps = 0,
  initial = 1e-5,
  final = peak / 10,
}: TokenizerLearningRateOptions): Schedule {
  const whole = Number.isInteger(totalSteps) && Number.isInteger(warmupSteps);
  if (!whole || warmupSteps < 0 || totalSteps <= warmupSteps) {
    throw new ArgumentError(
      `tokenizerLearningRate: a warm-up of ${warmupSteps} steps must be shorter than the ${totalSteps} steps of training`,
    );
  }
  const cosine: Schedule = (step) =>
    cos(step.mul(Math.PI / totalSteps))
      .add(1)
      .mul((peak - final) / 2)
      .add(final);
  if (warmupSteps === 0) return cosine;
  return (step) =>
    where(less(step, warmupSteps), step.mul((peak - initial) / warmupSteps).add(initial), cosine(step));
}
