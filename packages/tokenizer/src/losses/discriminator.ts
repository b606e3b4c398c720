import type { Tensor } from '@softvq/core';
import type { TensorRecord, TracedRandom } from '@softvq/core/nn';

/** One pass of a discriminator while it trains. */
export interface DiscriminatorTraining {
  readonly logits: Tensor;
  /**
   * What its buffers become (running statistics, the vectors of spectral norms), by their names in the whole
   * discriminator: `discriminator.with(buffers)` computes the next pass. No gradient flows through them.
   */
  readonly buffers: TensorRecord;
}

/** Tells images of the data from reconstructions: a traced function of images (batch, 3, height, width) in [-1, 1]. */
export interface Discriminator {
  /**
   * By the statistics of the batch, as in either side of adversarial training.
   *
   * @param random of this pass, for discriminators that look at a random part of the images.
   */
  train(images: Tensor, random?: TracedRandom): DiscriminatorTraining;
  /** By the statistics of training: evaluation. Logits; large ones mean "real". */
  forward(images: Tensor): Tensor;
}

/** Names within a part as names within the whole. */
export function below(path: string, tensors: TensorRecord): TensorRecord {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${path}.${name}`, tensor]));
}
