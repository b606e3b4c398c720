/** How a pipeline samples where its user does not say. Plain JSON. */
export interface SamplingDefaults {
  /** By name, as registered. Default the generator's own. */
  readonly sampler?: string;
  /** Default the sampler's own. */
  readonly steps?: number;
  /** Classifier-free guidance. Default none. */
  readonly guidance?: {
    /** 1 is no guidance. */
    readonly scale: number;
    /** Times in [0, 1], 1 being noise, between which it is active. Default all. */
    readonly interval?: readonly [number, number];
    /** `linear` for generators that fill in tokens. Default `constant`. */
    readonly schedule?: 'constant' | 'linear';
  };
  /** Multiplies the noise that a sampler adds on its way. Default 1. */
  readonly temperature?: number;
}
