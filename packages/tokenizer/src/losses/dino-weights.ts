import type { StateDictSource } from '@softvq/core/nn';
import { DinoFeatures, type DinoFeaturesOptions } from './dino-features.js';
import { loadFrozenWeights } from './frozen-weights.js';

/** Where the weights of DINO's ViT-S/16 are. */
export const dinoAddress =
  'https://dl.fbaipublicfiles.com/dino/dino_deitsmall16_pretrain/dino_deitsmall16_pretrain.pth';

/**
 * DINO with trained weights, for a discriminator. `loadDino` of `@softvq/tokenizer/node` opens their file.
 *
 * @param weights by their names in `dino_deitsmall16_pretrain.pth`.
 * @throws StateDictError, saying where to get the file and with the report as its cause, when weights are missing, of
 * another shape, or unknown.
 */
export function dinoFromWeights(weights: StateDictSource, options: DinoFeaturesOptions = {}): DinoFeatures {
  const features = new DinoFeatures(options);
  loadFrozenWeights(features, weights, `DINO needs the weights of its ViT-S/16 (${dinoAddress})`);
  return features;
}
