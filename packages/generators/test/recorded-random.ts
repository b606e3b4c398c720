import type { HostArray, RandomSource } from '@softvq/core';

/** Recorded numbers of each kind, in the order in which they are to be given out. */
export interface Recorded {
  readonly normal?: readonly HostArray[];
  readonly uniform?: readonly HostArray[];
  readonly integers?: readonly HostArray[];
}

/** Gives out what was recorded, call by call. Anything else that is asked for is an error. */
export function recordedRandom(recorded: Recorded): RandomSource {
  const next = { normal: 0, uniform: 0, integers: 0 };
  const take = (kind: keyof Recorded, count: number): number[] => {
    const numbers = recorded[kind]?.[next[kind]++];
    if (numbers?.length !== count) {
      throw new Error(`${count} ${kind} numbers are wanted and ${numbers?.length ?? 'none'} were recorded`);
    }
    return Array.from(numbers, Number);
  };
  const unexpected = (): never => {
    throw new Error('nothing of this kind was recorded');
  };
  return {
    normal: (count) => Float32Array.from(take('normal', count)),
    uniform: (count) => Float32Array.from(take('uniform', count)),
    integers: (count) => Int32Array.from(take('integers', count)),
    truncatedNormal: unexpected,
    permutation: unexpected,
  };
}

/** Normal numbers that were recorded for whole batches, given out image by image: what `SampleOptions.random` wants. */
export function recordedImages(draws: readonly HostArray[], batch: number): (image: number) => RandomSource {
  return (image) =>
    recordedRandom({
      normal: draws.map((each) => {
        const share = each.length / batch;
        return each.slice(image * share, (image + 1) * share);
      }),
    });
}
