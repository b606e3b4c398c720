import { cast, floor, sizeOf, type Tensor, tensor } from '@softvq/core';
import { TracedRandom } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';

/**
 * Where the random numbers of a loss come from: a stream, whose numbers are made on the host and are arguments of a
 * compiled step, or numbers made inside the step itself.
 */
export type RandomSource = RandomStream | TracedRandom;

/** Uniform float32 numbers in [0, 1). */
export function uniformFrom(random: RandomSource, shape: readonly number[]): Tensor {
  return random instanceof TracedRandom
    ? random.uniform(shape)
    : tensor(random.uniform(sizeOf(shape)), { shape });
}

/**
 * Whole numbers in [low, high), int32. Those of a traced source have 22 bits, which favour none of a few thousand
 * numbers by more than a thousandth.
 */
export function integersFrom(
  random: RandomSource,
  shape: readonly number[],
  { low, high }: { readonly low: number; readonly high: number },
): Tensor {
  return random instanceof TracedRandom
    ? cast(floor(random.uniform(shape).mul(high - low)), 'int32').add(low)
    : tensor(random.integers(sizeOf(shape), { low, high }), { shape });
}
