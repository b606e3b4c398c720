import { ArgumentError, stopGradient, type Tensor } from '@softvq/core';
import type { AuxiliaryName } from '../maetok/auxiliary-decoders.js';
import { featureError, featureMisalignment } from '../maetok/feature-losses.js';
import { hogFeatures } from '../maetok/hog-features.js';
import type { MAETok } from '../maetok/maetok.js';
import type { FeatureNetwork } from './alignment-term.js';
import type { LossTerm, LossTerms } from './loss-term.js';
import type { MAETokPass } from './maetok-forward.js';

export interface AuxiliaryTermsOptions {
  /** What the decoder `dino` predicts: `DinoV2Features` of ViT-L. */
  readonly dino?: FeatureNetwork;
  /** What the decoder `clip` predicts: features of SigLIP-SO400M. */
  readonly clip?: FeatureNetwork;
  /** Of each term. Default 1. */
  readonly weight?: number;
  /** Whether only the patches count that the encoder did not see. Default true. */
  readonly maskedOnly?: boolean;
}

/**
 * One term for each auxiliary decoder of MAETok (Chen et al., 2025, section 3.2), by its name: the mean squared error of
 * histograms of oriented gradients, and −cosine for the features of frozen networks.
 *
 * @throws ArgumentError when a decoder is without its network.
 */
export function auxiliaryTerms(
  tokenizer: MAETok,
  { weight = 1, maskedOnly = true, ...networks }: AuxiliaryTermsOptions = {},
): LossTerms<MAETokPass> {
  const { auxiliary, patchSize } = tokenizer.options;
  const term = (name: AuxiliaryName): LossTerm<MAETokPass> => {
    const target =
      name === 'hog' ? (images: Tensor) => hogFeatures(images, patchSize) : targetOf(name, networks);
    const measure = name === 'hog' ? featureError : featureMisalignment;
    return {
      weight,
      loss: ({ pass, images }) =>
        measure(pass.auxiliary[name]!, stopGradient(target(images)), maskedOnly ? pass.mask : undefined),
    };
  };
  return Object.fromEntries((auxiliary?.features ?? []).map((name) => [name, term(name)]));
}

function targetOf(
  name: 'dino' | 'clip',
  networks: Pick<AuxiliaryTermsOptions, 'dino' | 'clip'>,
): (images: Tensor) => Tensor {
  const network = networks[name];
  if (network !== undefined) return (images) => network.forward(images);
  throw new ArgumentError(
    `auxiliaryTerms: the tokenizer has a decoder "${name}" and there is no network for it; pass { ${name}: … }`,
  );
}
