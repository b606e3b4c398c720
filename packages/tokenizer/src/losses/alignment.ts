import {
  ArgumentError,
  formatShape,
  matmul,
  normalize,
  ShapeError,
  silu,
  stopGradient,
  type Tensor,
  take,
  tensor,
} from '@softvq/core';
import { Linear, type RandomOptions, Sequential } from '@softvq/core/nn';

/**
 * How latent tokens are matched with patches, which are more:
 *
 * - `global`: the mean of the tokens with the mean of the patches;
 * - `avg_1d`: token l with the mean of the l-th stretch of patches, row by row;
 * - `avg_1d_shuffle`: the same after a permutation of the patches;
 * - `repeat`: token l with each patch of the l-th stretch (the paper's choice).
 */
export type AlignmentMode = 'global' | 'avg_1d' | 'avg_1d_shuffle' | 'repeat';

export const alignmentModes = ['global', 'avg_1d', 'avg_1d_shuffle', 'repeat'] as const;

export interface ProjectorOptions extends RandomOptions {
  /** Width between the layers. Default 1024. */
  readonly hidden?: number;
}

/**
 * From the width of latents to that of features by three linear layers with SiLU between (Yu et al., "Representation
 * Alignment for Generation", 2025): `projection.0`, `.2` and `.4` of training checkpoints.
 */
export function alignmentProjector(
  width: number,
  features: number,
  { hidden = 1024, random }: ProjectorOptions = {},
): Sequential {
  return new Sequential(
    new Linear(width, hidden, { random: random?.child('0') }),
    silu,
    new Linear(hidden, hidden, { random: random?.child('2') }),
    silu,
    new Linear(hidden, features, { random: random?.child('4') }),
  );
}

export interface AlignmentOptions {
  /** Default `repeat`. */
  readonly mode?: AlignmentMode;
  /** For `avg_1d_shuffle`: the numbers 0 to patches − 1 in any order, (patches), int32. */
  readonly permutation?: Tensor;
}

/**
 * Alignment of latents with features of a frozen network (SoftVQ-VAE, section 3.3): the mean of −cosine over all pairs,
 * a scalar from −1 to 1.
 *
 * @param latents (batch, tokens, width). @param features (batch, patches, featureWidth), held fixed.
 * @param project tokens (batch, …, width) to (batch, …, featureWidth): `alignmentProjector(…).forward`.
 * @throws ShapeError when axes do not fit; ArgumentError for an unknown mode or one without its permutation.
 */
export function representationAlignment(
  latents: Tensor,
  features: Tensor,
  project: (tokens: Tensor) => Tensor,
  { mode = 'repeat', permutation }: AlignmentOptions = {},
): Tensor {
  const [batch, tokens] = latents.shape;
  const [ofFeatures, patches, featureWidth] = features.shape;
  const known = typeof tokens === 'number' && typeof patches === 'number' && typeof featureWidth === 'number';
  if (
    latents.rank !== 3 ||
    features.rank !== 3 ||
    !known ||
    formatShape([batch!]) !== formatShape([ofFeatures!])
  ) {
    throw new ShapeError(
      `alignment takes latents (batch, tokens, width) and features (batch, patches, width) of one batch, not ${formatShape(latents.shape)} and ${formatShape(features.shape)}`,
    );
  }
  switch (mode) {
    case 'global':
      return negativeCosine(project(latents.mean(1)), features.mean(1));
    case 'avg_1d':
      return negativeCosine(project(latents), matmul(stretches(patches, tokens), features));
    case 'avg_1d_shuffle': {
      if (permutation === undefined) {
        throw new ArgumentError('alignment: "avg_1d_shuffle" needs a permutation of the patches');
      }
      const shuffled = take(features, permutation, 1);
      return negativeCosine(project(latents), matmul(stretches(patches, tokens), shuffled));
    }
    case 'repeat': {
      if (patches % tokens !== 0) {
        throw new ShapeError(
          `alignment: "repeat" needs patches that are a multiple of the tokens, not ${patches} and ${tokens}`,
        );
      }
      const shape = [batch!, tokens, patches / tokens, featureWidth];
      return negativeCosine(
        project(latents).reshape([batch!, tokens, 1, featureWidth]),
        features.reshape(shape),
      );
    }
    default:
      throw new ArgumentError(
        `alignment: the mode is one of ${alignmentModes.join(', ')}, not "${String(mode)}"`,
      );
  }
}

/** Mean of −⟨prediction, target⟩ / (‖prediction‖ ‖target‖) over all but the last axis; the two broadcast. */
function negativeCosine(prediction: Tensor, target: Tensor): Tensor {
  return normalize(prediction)
    .mul(stopGradient(normalize(target)))
    .sum(-1)
    .mean()
    .neg();
}

/**
 * (tokens, patches): row l averages patches ⌊l · patches / tokens⌋ up to before ⌈(l + 1) · patches / tokens⌉, as
 * adaptive average pooling does.
 */
function stretches(patches: number, tokens: number): Tensor {
  const weights = new Float32Array(tokens * patches);
  for (let token = 0; token < tokens; token++) {
    const start = Math.floor((token * patches) / tokens);
    const stop = Math.ceil(((token + 1) * patches) / tokens);
    weights.fill(1 / (stop - start), token * patches + start, token * patches + stop);
  }
  return tensor(weights, { shape: [tokens, patches] });
}
