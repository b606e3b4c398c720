import { ArgumentError, fromHost, type RandomSource, type SampleOptions, type Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';

/** A source of random numbers for each of `count` images: of image `firstIndex` + i, whatever the batch. */
export function randomSources(
  { seed = 0, firstIndex = 0, random }: Pick<SampleOptions, 'seed' | 'firstIndex' | 'random'>,
  count: number,
): RandomSource[] {
  const sourceOf = random ?? ((index: number) => new RandomStream({ seed, name: 'sampling', index }));
  return Array.from({ length: count }, (_, i) => sourceOf(firstIndex + i));
}

/**
 * Standard normal numbers, an equal share from each source, one source after the other.
 *
 * @param shape of the result; its size is a multiple of the number of sources.
 * @param scale what the numbers are multiplied by.
 * @throws ArgumentError when a source gives another number of them than asked for.
 */
export function drawNormal(sources: readonly RandomSource[], shape: readonly number[], scale = 1): Tensor {
  const size = shape.reduce((product, each) => product * each, 1);
  const share = size / sources.length;
  const data = new Float32Array(size);
  for (const [i, source] of sources.entries()) {
    const numbers = source.normal(share);
    if (numbers.length !== share) {
      throw new ArgumentError(
        `a random source gave ${numbers.length} normal numbers where ${share} were asked for`,
      );
    }
    data.set(scale === 1 ? numbers : numbers.map((each) => each * scale), i * share);
  }
  return fromHost({ dtype: 'float32', shape, data });
}
