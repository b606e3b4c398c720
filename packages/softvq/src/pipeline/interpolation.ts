import { ArgumentError, type HostTensor, type RandomSource } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import type { ClassInput } from './class-labels.js';
import type { GenerateCallOptions } from './image-pipeline.js';

export interface InterpolateOptions
  extends Omit<GenerateCallOptions, 'classes' | 'count' | 'seed' | 'firstIndex' | 'random'> {
  /** By name or number; null for none, which is the default. */
  readonly class?: ClassInput;
}

/** `count` latents at equal distances on the line between two (2, …latentShape). */
export function interpolateLatents({ shape, data }: HostTensor, count: number): HostTensor<'float32'> {
  assertCount(count);
  const numbers = data as Float32Array;
  const length = numbers.length / 2;
  const all = new Float32Array(count * length);
  for (let i = 0; i < count; i++) {
    const t = i / (count - 1);
    for (let at = 0; at < length; at++) {
      all[i * length + at] = (1 - t) * numbers[at]! + t * numbers[length + at]!;
    }
  }
  return { dtype: 'float32', shape: [count, ...shape.slice(1)], data: all };
}

/** Random numbers of image `index` of `count` on the way from the first image of one seed to that of another. */
export function interpolateRandom(from: number, to: number, count: number): (index: number) => RandomSource {
  assertCount(count);
  // The stream that generators draw the first image of a seed from.
  const streamOf = (seed: number): RandomStream => new RandomStream({ seed, name: 'sampling', index: 0 });
  return (index) => new SphericalSource(streamOf(from), streamOf(to), index / (count - 1));
}

function assertCount(count: number): void {
  if (Number.isSafeInteger(count) && count >= 2) return;
  throw new ArgumentError(`a row between two images has a whole number of images from 2, not ${count}`);
}

type NormalOptions = NonNullable<Parameters<RandomSource['normal']>[1]>;

/**
 * Normal numbers on the great circle between those of two sources (spherical interpolation, Shoemake 1985), which have
 * the length that normal numbers have; a straight line would pass through shorter ones. All else comes from the nearer.
 */
class SphericalSource implements RandomSource {
  readonly #from: RandomSource;
  readonly #to: RandomSource;
  readonly #share: number;

  constructor(from: RandomSource, to: RandomSource, share: number) {
    this.#from = from;
    this.#to = to;
    this.#share = share;
  }

  normal(count: number, { mean = 0, standardDeviation = 1 }: NormalOptions = {}): Float32Array {
    const numbers = onGreatCircle(this.#from.normal(count), this.#to.normal(count), this.#share);
    return mean === 0 && standardDeviation === 1
      ? numbers
      : numbers.map((each) => each * standardDeviation + mean);
  }

  uniform(...call: Parameters<RandomSource['uniform']>): Float32Array {
    return this.#nearer.uniform(...call);
  }

  truncatedNormal(...call: Parameters<RandomSource['truncatedNormal']>): Float32Array {
    return this.#nearer.truncatedNormal(...call);
  }

  integers(...call: Parameters<RandomSource['integers']>): Int32Array {
    return this.#nearer.integers(...call);
  }

  permutation(length: number): Int32Array {
    return this.#nearer.permutation(length);
  }

  get #nearer(): RandomSource {
    return this.#share < 0.5 ? this.#from : this.#to;
  }
}

function onGreatCircle(from: Float32Array, to: Float32Array, share: number): Float32Array {
  // Exactly the ends at the ends.
  if (share === 0) return from;
  if (share === 1) return to;
  const cosine = dot(from, to) / Math.sqrt(dot(from, from) * dot(to, to));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const sine = Math.sin(angle);
  // Directions that are the same or opposite have no circle of their own.
  if (!(sine > 1e-6)) return from.map((each, i) => (1 - share) * each + share * to[i]!);
  const [ofFrom, ofTo] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return from.map((each, i) => ofFrom * each + ofTo * to[i]!);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, each, i) => sum + each * b[i]!, 0);
}
