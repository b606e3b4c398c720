import { fromHost, type LossDraws, type RandomSource, type Tensor } from '@softvq/core';
import type { ResolvedMAROptions } from './mar-options.js';
import { tokenLayout } from './masked-transformer.js';
import { drawTrainingMask } from './masking.js';

/** Seeds of dropout are below this. */
const seedLimit = 2 ** 24;

/** The names of what `drawMaskedLoss` makes. */
export const maskedLossNames = [
  'known',
  'places',
  'mask',
  'labelUniform',
  'timesteps',
  'noise',
  'dropoutSeed',
  'dropoutStep',
] as const;

/**
 * Random numbers for the loss of a batch: the known tokens as `drawTrainingMask` has them; `labelUniform` (batch) in
 * [0, 1), which drops labels where it is below the rate; `timesteps` (noises · batch · tokens) and standard normal
 * `noise` (…, channels) for them; `dropoutSeed` and `dropoutStep`, whole numbers, for dropout. Drawn in this order.
 */
export function drawMaskedLoss(
  settings: ResolvedMAROptions,
  { batch, trainingSteps }: { readonly batch: number; readonly trainingSteps: number },
  random: RandomSource,
): Readonly<Record<(typeof maskedLossNames)[number], Tensor>> & LossDraws {
  const { tokens, channels } = tokenLayout(settings);
  const { buffer, leastMaskRatio: leastRatio, maskRatioDeviation: deviation } = settings;
  const rows = settings.noisesPerToken * batch * tokens;
  const integers = (shape: readonly number[], count: number, high: number): Tensor =>
    fromHost({ dtype: 'int32', shape, data: random.integers(count, { high }) });
  return {
    ...drawTrainingMask({ batch, tokens, buffer, leastRatio, deviation }, random),
    labelUniform: fromHost({ dtype: 'float32', shape: [batch], data: random.uniform(batch) }),
    timesteps: integers([rows], rows, trainingSteps),
    noise: fromHost({ dtype: 'float32', shape: [rows, channels], data: random.normal(rows * channels) }),
    dropoutSeed: integers([], 1, seedLimit),
    dropoutStep: integers([], 1, seedLimit),
  };
}
