import type { Tensor } from '@softvq/core';
import type { TensorRecord, TracedRandom } from '@softvq/core/nn';
import type { Schedule } from '@softvq/core/optim';

/** What one pass of a tokenizer over a batch gives to the losses; a tokenizer's own pass has more. */
export interface TokenizerPass {
  /** (batch, latentTokens, latentWidth), or (batch, channels, rows, columns) of a grid. */
  readonly latents: Tensor;
  /** (batch, 3, height, width), nominally in [-1, 1]. */
  readonly reconstruction: Tensor;
}

/** What a loss is computed from. */
export interface LossContext<Pass extends TokenizerPass = TokenizerPass> {
  readonly pass: Pass;
  /** (batch, 3, height, width) in [-1, 1]: what the reconstruction should be. */
  readonly images: Tensor;
  /** The term's own parameters as they are at this step, by the names it gave them. */
  readonly parameters: TensorRecord;
  /** Numbers of this term and this step alone. */
  readonly random: TracedRandom;
}

/**
 * One part of what a tokenizer minimises: a traced function of its pass with a weight. Anything that is computed from
 * a pass can be one:
 *
 *     const sparsity: LossTerm = { weight: 0.01, loss: ({ pass }) => pass.latents.abs().mean() };
 */
export interface LossTerm<Pass extends TokenizerPass = TokenizerPass> {
  /** A number, or how it changes with the number of completed steps. */
  readonly weight: number | Schedule;
  /** Initial values of what is trained beside the tokenizer for this term alone, such as a projection. */
  readonly parameters?: TensorRecord;
  /**
   * Whether the term measures the reconstruction in pixels or features of images. Such terms together are what an
   * adaptive adversarial weight is balanced against. Default false.
   */
  readonly measuresReconstruction?: boolean;
  /** The loss, a floating-point scalar, without the weight. A mean over the batch, so that batches can be cut. */
  readonly loss: (context: LossContext<Pass>) => Tensor;
}

/** Terms by the names under which their values are reported. */
export type LossTerms<Pass extends TokenizerPass = TokenizerPass> = Readonly<Record<string, LossTerm<Pass>>>;
