/** Something a backend is known not to do. */
export interface Gap {
  /**
   * An operation (`conv`), all of it in one element type (`conv (float64)`), all its gradients (`conv (gradient)`), one
   * case (`conv/dilation`) or one way of running it (`conv/dilation (float64 gradient)`), as the kit's output names
   * them. `compile`, `memory` and the other areas that the kit tests count as operations.
   */
  readonly operation: string;
  /** Why, for the people who read the output. Not empty. */
  readonly reason: string;
}

export interface Tolerance {
  /** Relative L2 error of float32 results; 1e-5 unless told. float64 must be 10⁴ times closer, float16 200 times less. */
  readonly forward: number;
  /** Relative L2 error of gradients in float64; 1e-4 unless told. Ten times more in float32. */
  readonly gradient: number;
}

export const defaultTolerance: Tolerance = { forward: 1e-5, gradient: 1e-4 };

export interface ConformanceOptions {
  /** Checks that are expected to fail. One that passes is reported as stale; nothing is skipped. */
  readonly gaps?: readonly Gap[];
  readonly tolerance?: Partial<Tolerance>;
  /** Milliseconds for one check; 30000 unless told. */
  readonly timeout?: number;
}
