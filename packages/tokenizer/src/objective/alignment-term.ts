import { arange, cast, equal, less, logicalAnd, logicalOr, type Tensor } from '@softvq/core';
import type { TracedRandom } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { tokensOfGrid } from '../convolutional/grid-tokens.js';
import { type AlignmentMode, alignmentProjector, representationAlignment } from '../losses/alignment.js';
import type { LossTerm } from './loss-term.js';

/** A frozen network whose features of images are a target. */
export interface FeatureNetwork {
  /** Width of the features. */
  readonly width: number;
  /** Images (batch, 3, height, width) in [-1, 1] to features (batch, patches, width). */
  forward(images: Tensor): Tensor;
}

export interface AlignmentTermOptions {
  /** Of the tokenizer's latents: `latentWidth`, or `latentChannels` of a grid. */
  readonly latentWidth: number;
  /** Default `repeat`. */
  readonly mode?: AlignmentMode;
  /** Default 0.1. */
  readonly weight?: number;
  /** Width of the projection between its layers. Default 1024. */
  readonly hidden?: number;
  /** Of the projection's initial values. */
  readonly random?: RandomStream;
}

/**
 * Alignment of the latents with features of a frozen network such as `Dinov2Features`: `representationAlignment`. The
 * projection to the width of the features is trained with the tokenizer and is no part of it.
 */
export function alignmentTerm(
  network: FeatureNetwork,
  {
    latentWidth,
    mode = 'repeat',
    weight = 0.1,
    hidden,
    random = new RandomStream({ seed: 0, name: 'alignment' }),
  }: AlignmentTermOptions,
): LossTerm {
  const projector = alignmentProjector(latentWidth, network.width, {
    ...(hidden !== undefined && { hidden }),
    random,
  });
  return {
    weight,
    parameters: projector.parameters(),
    loss: ({ pass, images, parameters, random: ofStep }) => {
      const current = projector.with(parameters);
      const features = network.forward(images);
      const latents = pass.latents.rank === 4 ? tokensOfGrid(pass.latents) : pass.latents;
      const permutation =
        mode === 'avg_1d_shuffle'
          ? { permutation: tracedPermutation(ofStep, Number(features.shape[1])) }
          : {};
      return representationAlignment(latents, features, (x) => current.forward(x), { mode, ...permutation });
    },
  };
}

/** The numbers 0 to count − 1 in random order, (count), int32: the ranks of as many uniform numbers. */
export function tracedPermutation(random: TracedRandom, count: number): Tensor {
  const numbers = random.uniform([count]);
  const positions = arange(count);
  const column = (x: Tensor): Tensor => x.reshape([count, 1]);
  // Equal numbers keep their order, so that every rank occurs once.
  const before = logicalOr(
    less(numbers, column(numbers)),
    logicalAnd(equal(numbers, column(numbers)), less(positions, column(positions))),
  );
  return cast(before, 'int32').sum(-1);
}
