import {
  arange,
  cast,
  concat,
  type DiffusionProcess,
  equal,
  formatShape,
  type LossDraws,
  less,
  ShapeError,
  type Tensor,
  where,
} from '@softvq/core';
import { tracedRandom } from '@softvq/core/nn';
import { diffusionLossTerms, noisedLatents } from '../diffusion/loss.js';
import { requireDraws } from '../loss-draws.js';
import { headNetwork } from './compiled-transformer.js';
import { maskedLossNames } from './draw-loss.js';
import type { ResolvedMAROptions } from './mar-options.js';
import { type MaskedTransformer, tokenLayout } from './masked-transformer.js';
import { gridToTokens } from './token-grid.js';

export interface MaskedLossCall {
  readonly network: MaskedTransformer;
  readonly settings: ResolvedMAROptions;
  readonly process: DiffusionProcess;
  /** Normalised (batch, …latentShape). */
  readonly latents: Tensor;
  /** int32 (batch). */
  readonly labels: Tensor;
  readonly draws: LossDraws;
}

/** The loss of the head over the masked tokens, each noised several times. A scalar. */
export function maskedLoss({ network, settings, process, latents, labels, draws }: MaskedLossCall): Tensor {
  const tokens = tokensOf(latents, settings);
  const { known, places, mask, labelUniform, timesteps, noise, dropoutSeed, dropoutStep } = requireDraws(
    draws,
    maskedLossNames,
  );
  const random = tracedRandom({ seed: dropoutSeed, step: dropoutStep });
  const encoded = network.encode({
    tokens: cast(tokens, network.z_proj.weight.dtype),
    images: arange(tokens.shape[0]!),
    labels: where(less(labelUniform, settings.labelDropout), settings.classes, labels),
    known,
    mask,
    random,
  });
  const decoded = network.decode({ encoded, places, random });
  const repeated = (x: Tensor): Tensor => concat(Array.from({ length: settings.noisesPerToken }, () => x));
  const data = repeated(tokens.reshape([-1, tokens.shape[2]!]));
  const noised = { data, noise, timesteps };
  const conditions = repeated(decoded.reshape([-1, decoded.shape[2]!]));
  const prediction = headNetwork(network)(noisedLatents(process, noised), timesteps, { conditions });
  const { squaredError, variational } = diffusionLossTerms(process, noised, prediction);
  const terms = variational === undefined ? squaredError : squaredError.add(variational);
  const weights = repeated(cast(equal(places, 0), 'float32').reshape([-1]));
  return terms.mul(weights).sum().div(weights.sum());
}

/** Latents as tokens (batch, tokens, channels). */
function tokensOf(latents: Tensor, settings: ResolvedMAROptions): Tensor {
  const { latentShape, patchSize } = settings;
  const fits =
    latents.rank === latentShape.length + 1 &&
    latentShape.every((size, axis) => latents.shape[axis + 1] === size);
  if (!fits) {
    throw new ShapeError(
      `MAR takes latents (batch, ${latentShape.join(', ')}), not ${formatShape(latents.shape)}`,
    );
  }
  return tokenLayout(settings).side === undefined ? latents : gridToTokens(latents, patchSize);
}
