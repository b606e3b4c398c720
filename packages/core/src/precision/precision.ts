import type { NamePattern } from '../tensor/name-patterns.js';

/**
 * What the costly part of a network, its products of matrices, is computed in.
 *
 * - `float32`: everything in float32, weights of float16 are widened when they are loaded.
 * - `float16`: weights are stored in half precision and products computed in it, while norms, softmax, sums, and what
 *   the function takes and gives stay in float32. On backends that do not compute in half precision, as `float32`.
 * - `int8`: the weights of linear layers are whole numbers from -127 to 127 with a scale for each output, and what is
 *   multiplied by them is quantized as it comes, each tensor with one scale. A quarter of the memory. As that scale
 *   belongs to the whole tensor, images of one batch have a slight influence on each other.
 */
export type PrecisionName = 'float32' | 'float16' | 'int8';

export interface PrecisionOptions {
  readonly compute: PrecisionName;
  /**
   * Layers that stay in float32: names of parameters or modules, or patterns, as `CompileFunctionOptions.names` and the
   * paths of constant arguments have them. The first and last layers of a network, and those that modulate others, are
   * the ones that lose most.
   */
  readonly keep?: readonly NamePattern[];
}

export type Precision = PrecisionName | PrecisionOptions;
