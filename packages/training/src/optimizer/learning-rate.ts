import { constant, cosine, linear, type Schedule, sequence } from '@softvq/core/optim';

export interface LearningRateOptions {
  /** After the warm-up. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'cosine';
  /** Updates over which the rate rises linearly, to end where the schedule begins. */
  readonly warmupSteps: number;
  /** What a cosine leaves of the rate after all steps, as a share. */
  readonly finalShare: number;
}

/** The learning rate over a training of so many steps. */
export function learningRateOf(
  { learningRate, schedule, warmupSteps, finalShare }: LearningRateOptions,
  steps: number,
): Schedule {
  const after =
    schedule === 'constant'
      ? constant(learningRate)
      : cosine({
          peak: learningRate,
          final: learningRate * finalShare,
          totalSteps: Math.max(1, steps - warmupSteps),
        });
  if (warmupSteps === 0) return after;
  // From the first update on something is learnt: the rise begins one step above nothing.
  const rise = linear({ from: learningRate / (warmupSteps + 1), to: learningRate, steps: warmupSteps });
  return sequence([{ schedule: rise, steps: warmupSteps }, { schedule: after }]);
}
