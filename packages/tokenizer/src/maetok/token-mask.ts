import {
  ArgumentError,
  arange,
  cast,
  type Dimension,
  greater,
  greaterEqual,
  less,
  scatterAdd,
  type Tensor,
  tensor,
  topK,
  zeros,
} from '@softvq/core';
import type { TracedRandom } from '@softvq/core/nn';

/** How many of an image's patches are hidden from the encoder in training: a share drawn for every batch. */
export interface MaskingOptions {
  /** Smallest share, from 0. */
  readonly least: number;
  /** Largest share, to 1: also the likeliest, the mean of the normal distribution that is cut off at both. */
  readonly most: number;
}

/** Standard deviation of the share before it is cut off. */
const deviation = 0.25;

/** @throws ArgumentError unless 0 <= least <= most <= 1. */
export function assertMasking({ least, most }: MaskingOptions): void {
  if (least >= 0 && least <= most && most <= 1) return;
  throw new ArgumentError(`masking needs shares with 0 <= least <= most <= 1, not ${least} and ${most}`);
}

/** How many patches are masked, by the distribution of that number. */
interface MaskedCounts {
  /** The smallest number. */
  readonly least: number;
  /** Probability of `least` or fewer, of `least` + 1 or fewer, …, up to one less than the largest number. */
  readonly cumulative: readonly number[];
}

/**
 * The distribution of ⌈share · patches⌉, where the share is normal around `most` with deviation 0.25, conditioned on
 * lying in [least, most] (Li et al., "MAGE", 2023; Chen et al., "Masked Autoencoders Are Effective Tokenizers for
 * Diffusion Models", 2025).
 */
export function maskedCounts(patches: number, { least, most }: MaskingOptions): MaskedCounts {
  const [first, last] = [least, most].map((share) => Math.ceil(share * patches - 1e-9)) as [number, number];
  const counts = Array.from({ length: last - first }, (_, i) => first + i);
  const total = massBetween(least, most, most);
  return {
    least: first,
    cumulative: counts.map((count) => massBetween(least, Math.max(count / patches, least), most) / total),
  };
}

/**
 * Which patches of each image are masked: bool (batch, patches), as many in every image of the batch.
 *
 * @param random gives one number for the share (child `share`) and one for each patch (child `order`), of which the
 * smallest are masked.
 */
export function drawTokenMask(
  { batch, patches, masking }: { batch: Dimension; patches: number; masking: MaskingOptions },
  random: TracedRandom,
): Tensor {
  const { least, cumulative } = maskedCounts(patches, masking);
  const share = random.child('share').uniform([1]);
  const above =
    cumulative.length === 0 ? zeros([1]) : cast(greaterEqual(share, tensor(cumulative)), 'float32');
  const count = above.sum(0, { keepDims: true }).add(least);
  const order = topK(random.child('order').uniform([batch, patches]), patches, { largest: false }).indices;
  const chosen = cast(less(arange(patches, { dtype: 'float32' }), count), 'float32');
  const mask = scatterAdd(zeros([batch, patches]), 1, order, chosen.broadcastTo([batch, patches]));
  return greater(mask, 0.5);
}

/** Integral of the density of the share, but for a factor, by Simpson's rule. */
function massBetween(low: number, high: number, mean: number): number {
  const density = (share: number): number => Math.exp(-(((share - mean) / deviation) ** 2) / 2);
  const panels = 64;
  const step = (high - low) / panels;
  const sum = Array.from({ length: panels }, (_, i) => {
    const from = low + i * step;
    return density(from) + 4 * density(from + step / 2) + density(from + step);
  }).reduce((total, each) => total + each, 0);
  return (sum * step) / 6;
}
