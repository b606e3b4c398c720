import { philox4x32, type Words2 } from './philox.js';
import { splitInteger } from './stream-key.js';

/**
 * What the words are for. Every use draws from counters of its own, so that a uniform and a normal number at
 * the same position of a stream are independent.
 */
export type Domain = 'uniform' | 'normal' | 'integers' | 'permutation' | 'truncated-normal';

const domainNumber: Record<Domain, number> = {
  uniform: 0,
  normal: 1,
  integers: 2,
  permutation: 3,
  'truncated-normal': 4,
};

/**
 * The random words of one stream, addressed by (domain, attempt, position).
 *
 * Counter words: [block low, block high + attempt·2²¹ + domain·2²⁹, index low, index high]. A block number has
 * at most 53 bits, `attempt` 8 (samplers that reject draw again with the next attempt), the domain 3.
 */
export class CounterWords {
  readonly #key: Words2;
  readonly #index: Words2;

  constructor(key: Words2, index: number) {
    this.#key = key;
    this.#index = splitInteger(index);
  }

  /** Fills `words` with whole blocks from block number `block`. */
  blocks(words: Int32Array, block: number, domain: Domain, attempt = 0): void {
    const [low, high] = splitInteger(block);
    const tagged = high | ((attempt & 0xff) << 21) | (domainNumber[domain] << 29);
    philox4x32(words, [low, tagged, ...this.#index], this.#key);
  }

  /** Fills `words` with the words at `position` and after it, four to a block. */
  words(words: Int32Array, position: number, domain: Domain, attempt = 0): void {
    const skipped = position % 4;
    let block = (position - skipped) / 4;
    let filled = 0;
    if (skipped > 0) {
      const first = new Int32Array(4);
      this.blocks(first, block++, domain, attempt);
      filled = Math.min(4 - skipped, words.length);
      words.set(first.subarray(skipped, skipped + filled));
    }
    const whole = (words.length - filled) & ~3;
    this.blocks(words.subarray(filled, filled + whole), block, domain, attempt);
    filled += whole;
    if (filled < words.length) {
      const last = new Int32Array(4);
      this.blocks(last, block + whole / 4, domain, attempt);
      words.set(last.subarray(0, words.length - filled), filled);
    }
  }
}
