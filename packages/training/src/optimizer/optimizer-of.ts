import { type AdamState, adamW, type Optimizer } from '@softvq/core/optim';
import { type LearningRateOptions, learningRateOf } from './learning-rate.js';

export interface OptimizerConfig extends LearningRateOptions {
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
}

/** AdamW over a training of so many steps. Biases, scales and whatever else has one axis are not decayed. */
export function optimizerOf(config: OptimizerConfig, steps: number): Optimizer<AdamState> {
  const { betas, weightDecay } = config;
  const undecayed = {
    match: (name: string, { rank }: { readonly rank: number }) => rank <= 1 || name.endsWith('.bias'),
    weightDecay: 0,
  };
  return adamW({ learningRate: learningRateOf(config, steps), betas, weightDecay, groups: [undecayed] });
}
