/** The transformer whose training step is compared, and the resources it may use. */
export interface PeerConfig {
  readonly layers: number;
  readonly width: number;
  /** Must divide the width. */
  readonly heads: number;
  readonly tokens: number;
  readonly batch: number;
  /** Threads a library may use. A process keeps the number that its first peer of a library asked for. */
  readonly threads: number;
}

/** A training run in another library. Each step starts from the parameters that the one before left. */
export interface Peer {
  readonly name: string;
  /** One training step; resolves with the loss, once every new parameter has been computed. */
  step(): Promise<number>;
  dispose(): Promise<void>;
}

/** AdamW after clipping the global norm of the gradients, then the moving average of the parameters. */
export const optimiser = {
  learningRate: 1e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  decay: 0.01,
  maximumNorm: 1,
  /** Share of the old value in the moving average. */
  average: 0.9999,
} as const;

export const normEpsilon = 1e-6;
