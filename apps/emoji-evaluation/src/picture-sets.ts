import { type FeatureStatistics, featureStatistics, frechetDistance } from '@softvq/evaluation';
import { type Described, type Recognised, recognised } from './features.js';

/** A set of pictures beside the held-out ones. */
export interface PictureSetFigures {
  readonly name: string;
  readonly pictures: number;
  /** To the held-out pictures, over features of the classifier; nothing for these themselves. */
  readonly frechetDistance?: number;
  /** The share of pictures that the classifier recognises as their class. */
  readonly recognised: Recognised;
}

/** Compares sets of pictures with the held-out ones. */
export class HeldOutComparison {
  readonly heldOut: PictureSetFigures;
  readonly #statistics: FeatureStatistics;

  constructor(heldOut: Described) {
    this.#statistics = featureStatistics(heldOut.features);
    this.heldOut = {
      name: 'real held-out pictures',
      pictures: heldOut.features.rows,
      recognised: recognised(heldOut),
    };
  }

  /** @param described at least two pictures. */
  compare(name: string, described: Described): PictureSetFigures {
    return {
      name,
      pictures: described.features.rows,
      frechetDistance: frechetDistance(featureStatistics(described.features), this.#statistics),
      recognised: recognised(described),
    };
  }
}
