import type { RandomSource } from '@softvq/core';
import type { RandomStream } from '@softvq/core/random';

/** A stream's methods, to be replaced one by one. */
export function sourceOf(stream: RandomStream): RandomSource {
  return {
    normal: (...call) => stream.normal(...call),
    uniform: (...call) => stream.uniform(...call),
    truncatedNormal: (...call) => stream.truncatedNormal(...call),
    integers: (...call) => stream.integers(...call),
    permutation: (...call) => stream.permutation(...call),
  };
}
