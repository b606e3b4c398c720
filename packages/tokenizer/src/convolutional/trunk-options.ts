import { ArgumentError } from '@softvq/core';

/** What an encoder and its decoder have in common. */
export interface ConvolutionalTrunkOptions {
  /** Channels at multiplier 1; every product with a multiplier must be a multiple of 32. Default 128. */
  readonly channels?: number;
  /**
   * Channels of the levels in multiples of `channels`, from the resolution of the images down. Each level after the
   * first halves height and width. `convolutionalMultipliers` has those of the published baselines.
   */
  readonly multipliers: readonly number[];
  /** Residual blocks of each level of the encoder; the decoder has one more. Default 2. */
  readonly residualBlocks?: number;
  /** Channels of what the encoder gives and the decoder takes. Default 256. */
  readonly encodedChannels?: number;
}

/** `multipliers` of the baselines, by how many times fewer rows and columns the latents have than the images. */
export const convolutionalMultipliers = {
  8: [1, 2, 2, 4],
  16: [1, 1, 2, 2, 4],
} as const;

/** The options that are no sizes of levels, and the channels of every level, highest resolution first. */
export interface TrunkPlan {
  readonly widths: readonly [number, ...number[]];
  readonly residualBlocks: number;
  readonly encodedChannels: number;
}

/** @throws ArgumentError without levels, or for counts that are no whole numbers from 1. */
export function trunkPlan({
  channels = 128,
  multipliers,
  residualBlocks = 2,
  encodedChannels = 256,
}: ConvolutionalTrunkOptions): TrunkPlan {
  const [first, ...others] = multipliers.map((multiplier) => channels * multiplier);
  if (first === undefined) {
    throw new ArgumentError('a convolutional trunk needs one multiplier or more');
  }
  if (!Number.isInteger(residualBlocks) || residualBlocks < 1) {
    throw new ArgumentError(`residualBlocks must be a whole number from 1, not ${residualBlocks}`);
  }
  return { widths: [first, ...others], residualBlocks, encodedChannels };
}
