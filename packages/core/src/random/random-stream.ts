import { ArgumentError } from '../errors.js';
import { boundedInteger } from './bounded-integer.js';
import { CounterWords } from './counter-words.js';
import { assertNotEmpty, float32AtLeast, float32AtMost, float32Below } from './float32-interval.js';
import type { Words2 } from './philox.js';
import { normalsFromWords } from './standard-normal.js';
import { hashIndex, hashName } from './stream-key.js';
import { truncatedStandardNormals } from './truncated-normal.js';

export interface RandomStreamOptions {
  /** A safe integer from 0, or a bigint from 0 to 2⁶⁴ - 1. */
  readonly seed: number | bigint;
  /** What the numbers are for: 'noise', 'labels'. Streams of different names are independent. */
  readonly name: string;
  /** Which of the streams of this seed and name, from 0: the number of an image. Default 0. */
  readonly index?: number;
}

/**
 * An endless sequence of random numbers that depends on nothing but (seed, name, index): not on the backend,
 * the batch size, the order of calls on other streams, or how the numbers are split over calls. Philox4x32-10
 * makes them; the key is a hash of seed and name, the upper half of the counter is the index.
 *
 * Each method advances `position` by the number of values it returns. A value depends on its method, its
 * position and the bounds only, so that a saved position resumes exactly.
 */
export class RandomStream {
  readonly seed: bigint;
  readonly name: string;
  readonly index: number;
  readonly #key: Words2;
  readonly #words: CounterWords;
  #position = 0;

  /** @throws ArgumentError when the seed or the index is out of range. */
  constructor({ seed, name, index = 0 }: RandomStreamOptions) {
    this.seed = checkedSeed(seed);
    this.name = name;
    this.index = checkedInteger(index, 'index', 0, Number.MAX_SAFE_INTEGER);
    this.#key = hashName([Number(this.seed & 0xffffffffn), Number(this.seed >> 32n)], name);
    this.#words = new CounterWords(this.#key, index);
  }

  /** How many values were drawn. Set it to resume there. */
  get position(): number {
    return this.#position;
  }

  set position(position: number) {
    this.#position = checkedInteger(position, 'position', 0, Number.MAX_SAFE_INTEGER);
  }

  /**
   * A stream of its own, independent of this one and of its other children. It depends on this stream's seed,
   * name and index, not on its position.
   */
  child(name: string, index = 0): RandomStream {
    const [low, high] = hashIndex(this.#key, this.index);
    const seed = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    return new RandomStream({ seed, name, index });
  }

  /**
   * Uniform float32 numbers in [low, high), from 24 random bits each.
   *
   * @param options.low inclusive, default 0. @param options.high exclusive, default 1.
   * @throws ArgumentError unless low < high are finite and a float32 lies between them.
   */
  uniform(count: number, { low = 0, high = 1 }: { low?: number; high?: number } = {}): Float32Array {
    if (!(low < high) || !Number.isFinite(high - low)) {
      throw new ArgumentError(`uniform: low must be below high, both finite; they are ${low} and ${high}`);
    }
    const least = float32AtLeast(low);
    const greatest = float32Below(high);
    assertNotEmpty(least, greatest, `in [${low}, ${high})`);
    const position = this.#advance(count);
    const values = new Float32Array(count);
    const words = new Int32Array(values.buffer);
    this.#words.words(words, position, 'uniform');
    const scale = (high - low) * 2 ** -24;
    for (let index = 0; index < count; index++) {
      const value = low + (words[index]! >>> 8) * scale;
      values[index] = value;
      // Rounding to float32 can leave the interval by half a step.
      if (value > greatest) values[index] = greatest;
      else if (value < least) values[index] = least;
    }
    return values;
  }

  /**
   * Normal float32 numbers by Box-Muller.
   *
   * @param options.mean default 0. @param options.standardDeviation from 0, default 1.
   */
  normal(
    count: number,
    { mean = 0, standardDeviation = 1 }: { mean?: number; standardDeviation?: number } = {},
  ): Float32Array {
    checkFinite('normal', mean, standardDeviation, standardDeviation >= 0);
    const position = this.#advance(count);
    // Numbers come in pairs; a call may begin or end inside one.
    const skipped = position % 2;
    const values = new Float32Array(skipped + count + ((skipped + count) % 2));
    const words = new Int32Array(values.buffer);
    this.#words.words(words, position - skipped, 'normal');
    normalsFromWords(words, values, mean, standardDeviation);
    return values.length === count ? values : values.slice(skipped, skipped + count);
  }

  /**
   * Normal float32 numbers conditioned on lying in [low, high]: absolute bounds, not in deviations. Exact
   * rejection, also when the interval is far from the mean.
   *
   * @param options.mean default 0. @param options.standardDeviation above 0, default 1.
   * @param options.low default -2, may be -Infinity. @param options.high default 2, may be Infinity.
   */
  truncatedNormal(
    count: number,
    {
      mean = 0,
      standardDeviation = 1,
      low = -2,
      high = 2,
    }: { mean?: number; standardDeviation?: number; low?: number; high?: number } = {},
  ): Float32Array {
    checkFinite('truncatedNormal', mean, standardDeviation, standardDeviation > 0);
    if (!(low < high)) {
      throw new ArgumentError(`truncatedNormal: low must be below high; they are ${low} and ${high}`);
    }
    const least = float32AtLeast(low);
    const greatest = float32AtMost(high);
    assertNotEmpty(least, greatest, `in [${low}, ${high}]`);
    const from = (low - mean) / standardDeviation;
    const to = (high - mean) / standardDeviation;
    if (Math.max(from, -to) > 1e100) {
      throw new ArgumentError(`truncatedNormal: [${low}, ${high}] is out of reach of mean ${mean}`);
    }
    const position = this.#advance(count);
    const normals = new Float64Array(count);
    truncatedStandardNormals(normals, from, to, this.#words, position);
    const values = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      values[index] = Math.min(Math.max(mean + standardDeviation * normals[index]!, least), greatest);
    }
    return values;
  }

  /**
   * Unbiased integers in [low, high).
   *
   * @param options.low inclusive, default 0. @param options.high exclusive. Both within int32; high may be 2³¹.
   */
  integers(count: number, { low = 0, high }: { low?: number; high: number }): Int32Array {
    checkedInteger(low, 'integers: low', -(2 ** 31), 2 ** 31 - 1);
    checkedInteger(high, 'integers: high', low + 1, 2 ** 31);
    const position = this.#advance(count);
    const values = new Int32Array(count);
    this.#words.words(values, position, 'integers');
    for (let index = 0; index < count; index++) {
      values[index] =
        low + boundedInteger(values[index]!, high - low, this.#words, position + index, 'integers');
    }
    return values;
  }

  /** The integers from 0 to `length` - 1 in a random order, every order equally likely (Fisher-Yates). */
  permutation(length: number): Int32Array {
    const position = this.#advance(length);
    const words = new Int32Array(length);
    this.#words.words(words, position, 'permutation');
    const values = Int32Array.from({ length }, (_, index) => index);
    for (let last = length - 1; last > 0; last--) {
      const other = boundedInteger(words[last]!, last + 1, this.#words, position + last, 'permutation');
      const value = values[other]!;
      values[other] = values[last]!;
      values[last] = value;
    }
    return values;
  }

  /** Claims `count` positions and returns the first. */
  #advance(count: number): number {
    checkedInteger(count, 'count', 0, Number.MAX_SAFE_INTEGER - this.#position);
    const position = this.#position;
    this.#position += count;
    return position;
  }
}

function checkedSeed(seed: number | bigint): bigint {
  if (typeof seed === 'bigint') {
    if (seed >= 0n && seed < 2n ** 64n) return seed;
    throw new ArgumentError(`seed must be from 0 to 2^64 - 1, not ${seed}`);
  }
  return BigInt(checkedInteger(seed, 'seed', 0, Number.MAX_SAFE_INTEGER));
}

function checkedInteger(value: number, what: string, least: number, greatest: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= greatest) return value;
  throw new ArgumentError(`${what} must be an integer from ${least} to ${greatest}, not ${value}`);
}

function checkFinite(what: string, mean: number, standardDeviation: number, inRange: boolean): void {
  if (Number.isFinite(mean) && Number.isFinite(standardDeviation) && inRange) return;
  throw new ArgumentError(
    `${what}: mean ${mean} with standard deviation ${standardDeviation} is no normal distribution`,
  );
}
