import { concat, type Denoise, type Tensor, take } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { splitPrediction } from '../diffusion/split-prediction.js';

/**
 * A traced function of a network: its float32 prediction for float32 latents (rows, …) at a time (a scalar) under
 * what it is given (each with rows first), of the shape of the latents or with twice the channels.
 */
export type Network = (latents: Tensor, time: Tensor, given: TensorRecord) => Tensor;

/** What one network computes: rows of its own number, each for one of the latents. */
export interface NetworkRows {
  /** int32 (rows): which of the latents a row is for. Latents may have several rows, or none. */
  readonly rows: Tensor;
  /** What the network is given besides: labels, conditions; rows first. */
  readonly given: TensorRecord;
}

/**
 * What a guided step is computed from besides the state of its sampler. Guided and unguided steps differ in these
 * tensors alone, so that one executable computes both, and a row that guidance does not need is not there.
 */
export interface GuidedCondition extends NetworkRows {
  /** int32 (batch): for each of the latents the row of its prediction. */
  readonly conditional: Tensor;
  /**
   * int32 (batch): the row of the prediction to be guided away from; the same row for no guidance. Rows of the other
   * network follow those of the first.
   */
  readonly unconditional: Tensor;
  /** float32 scalar: u + scale · (c - u). */
  readonly scale: Tensor;
  /** What another network computes to be guided away from: at least one row. */
  readonly other?: NetworkRows;
}

/** A network, and perhaps another to be guided away from. */
export interface GuidedNetwork {
  readonly network: Network;
  readonly other?: Network | undefined;
}

/**
 * The guided prediction under a condition. All predicted channels are guided; where variances are learned, they stay
 * those of the conditional prediction.
 */
export function guidedDenoise({ network, other }: GuidedNetwork, condition: GuidedCondition): Denoise {
  return (latents, time) => {
    const compute = (each: Network, { rows, given }: NetworkRows): Tensor =>
      each(take(latents, rows), time, given);
    const predictions =
      other === undefined || condition.other === undefined
        ? compute(network, condition)
        : concat([compute(network, condition), compute(other, condition.other)]);
    const { mean, variance, axis } = splitPrediction(take(predictions, condition.conditional), latents);
    const away = splitPrediction(take(predictions, condition.unconditional), latents).mean;
    const guided = away.add(mean.sub(away).mul(condition.scale));
    return variance === undefined ? guided : concat([guided, variance], axis);
  };
}
