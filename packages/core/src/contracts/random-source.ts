/**
 * Where random numbers come from. `RandomStream` is the usual one; recorded numbers are another. Each call takes the
 * next numbers of its kind.
 */
export interface RandomSource {
  /** Standard normal numbers, or of another mean and deviation. */
  normal(
    count: number,
    options?: { readonly mean?: number; readonly standardDeviation?: number },
  ): Float32Array;
  /** Uniform numbers in [low, high), by default [0, 1). */
  uniform(count: number, options?: { readonly low?: number; readonly high?: number }): Float32Array;
  /** Normal numbers that lie in [low, high]. */
  truncatedNormal(
    count: number,
    options?: {
      readonly mean?: number;
      readonly standardDeviation?: number;
      readonly low?: number;
      readonly high?: number;
    },
  ): Float32Array;
  /** Whole numbers in [low, high), low by default 0. */
  integers(count: number, options: { readonly low?: number; readonly high: number }): Int32Array;
  /** The whole numbers below `length` in a random order. */
  permutation(length: number): Int32Array;
}
