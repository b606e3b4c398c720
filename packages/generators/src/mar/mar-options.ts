import { ArgumentError } from '@softvq/core';
import { assertPositive } from '../assert-positive.js';
import { type LatentShape, latentLayout } from '../transformer/latent-layout.js';
import type { TransformerSize } from '../transformer/transformer-sizes.js';

/** The shape of the diffusion head. */
export interface HeadSize {
  readonly width: number;
  /** Number of residual blocks. */
  readonly depth: number;
}

export interface MAROptions {
  /** Of one image: (tokens, width), or (channels, height, width) of a square grid. */
  readonly latentShape: LatentShape;
  /** Side of the patches that a grid is cut into. Default 1. */
  readonly patchSize?: number;
  readonly encoder: TransformerSize;
  readonly decoder: TransformerSize;
  readonly head: HeadSize;
  /** How many tokens in front of the others tell the class. Default 64. */
  readonly buffer?: number;
  /** How many classes there are. Default 1000. */
  readonly classes?: number;
  /** Probability that a label is replaced by none while training. Default 0.1. */
  readonly labelDropout?: number;
  /** Probability that an attention weight is dropped while training. Default 0.1. */
  readonly attentionDropout?: number;
  /** Probability that an element after a projection or a layer of the Mlp is dropped while training. Default 0.1. */
  readonly projectionDropout?: number;
  /** Width inside the blocks' Mlp as a multiple of the width. Default 4. */
  readonly mlpRatio?: number;
  /** The least share of tokens that are masked while training, the most being all. Default 0.7. */
  readonly leastMaskRatio?: number;
  /** Standard deviation of that share below all, before it is cut off at the least. Default 0.25. */
  readonly maskRatioDeviation?: number;
  /** How many times each token is noised in one training step. Default 4. */
  readonly noisesPerToken?: number;
  /** How many steps the head takes for a token while sampling, at most 1000. Default 100. */
  readonly headSteps?: number;
  /** Bound of the tokens that the head's samplers estimate; see `DiffusionProcess`. Default none. */
  readonly clipDenoised?: number;
  /** Of the initial values. Default 0. */
  readonly seed?: number;
}

/** Length of the chain that the head is trained on. */
export const headTrainingSteps = 1000;

/** Options with their defaults. */
export type ResolvedMAROptions = Required<Omit<MAROptions, 'clipDenoised'>> &
  Pick<MAROptions, 'clipDenoised'>;

/** @throws ArgumentError for numbers out of range, and sizes that do not fit together. */
export function resolveMAROptions(options: MAROptions): ResolvedMAROptions {
  const resolved: ResolvedMAROptions = {
    patchSize: 1,
    buffer: 64,
    classes: 1000,
    labelDropout: 0.1,
    attentionDropout: 0.1,
    projectionDropout: 0.1,
    mlpRatio: 4,
    leastMaskRatio: 0.7,
    maskRatioDeviation: 0.25,
    noisesPerToken: 4,
    headSteps: 100,
    seed: 0,
    ...options,
  };
  latentLayout(resolved.latentShape, resolved.patchSize);
  const { encoder, decoder, head, buffer, classes, noisesPerToken, headSteps } = resolved;
  assertWhole({
    'the depth of the encoder': encoder.depth,
    'the depth of the decoder': decoder.depth,
    'the width of the encoder': encoder.width,
    'the width of the decoder': decoder.width,
    'the width of the head': head.width,
    'the depth of the head': head.depth,
    buffer,
    classes,
    noisesPerToken,
    headSteps,
  });
  const { labelDropout, leastMaskRatio, maskRatioDeviation, clipDenoised } = resolved;
  assertPositive('clipDenoised', clipDenoised);
  assertPositive('maskRatioDeviation', maskRatioDeviation);
  if (headSteps > headTrainingSteps) {
    throw new ArgumentError(
      `headSteps is at most ${headTrainingSteps}, on which the head is trained, not ${headSteps}`,
    );
  }
  if (!(labelDropout >= 0 && labelDropout <= 1)) {
    throw new ArgumentError(`labelDropout lies from 0 to 1, not at ${labelDropout}`);
  }
  if (!(leastMaskRatio > 0 && leastMaskRatio < 1)) {
    throw new ArgumentError(`leastMaskRatio lies between 0 and 1, not at ${leastMaskRatio}`);
  }
  return resolved;
}

function assertWhole(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new ArgumentError(`MAR: ${name} must be a whole number from 1, not ${value}`);
    }
  }
}
