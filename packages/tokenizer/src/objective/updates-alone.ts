import type { Tensor } from '@softvq/core';
import { generatorStep } from './generator-step.js';
import type { TokenizerPass } from './loss-term.js';
import type { TrainableTokenizer } from './objective-options.js';
import type { Settings } from './settings.js';
import type { TokenizerTrainingState } from './training-state.js';

type StateAlone = Pick<TokenizerTrainingState, 'step' | 'generator'>;

export interface UpdatesInput {
  readonly state: StateAlone;
  /** Images of each update, (batch, 3, height, width) in [-1, 1]. */
  readonly batches: readonly Tensor[];
}

export interface UpdatesOutput {
  /** After the last update. */
  readonly state: StateAlone;
  /** Of each update. */
  readonly losses: readonly Readonly<Record<string, Tensor>>[];
}

/** Updates of a tokenizer that no discriminator judges, one after the other, to be compiled. */
export function updatesAlone<Model extends TrainableTokenizer, Pass extends TokenizerPass>(
  settings: Settings<Model, Pass>,
  { state, batches }: UpdatesInput,
): UpdatesOutput {
  let { step, generator } = state;
  const losses = batches.map((images) => {
    const update = generatorStep(settings, { step, images, generator });
    step = step.add(1);
    generator = update.generator;
    return update.losses;
  });
  return { state: { step, generator }, losses };
}
