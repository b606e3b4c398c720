export interface CudaOptions {
  /** Which GPU computes, by CUDA's numbers; the default is 0. */
  readonly device?: number;
  /**
   * Whether products of float32 may round their factors to the 10 bits of TF32, which the tensor cores of an Ampere or
   * later GPU multiply several times faster; the default is true. A process settles this with its first backend.
   */
  readonly tf32?: boolean;
  /** Whether `precision: 'float16'` computes in half precision; the default is true. Otherwise as float32. */
  readonly float16?: boolean;
}
