import type { CounterWords, Domain } from './counter-words.js';
import { multiplyHigh } from './philox.js';

/**
 * Unbiased integers by Lemire's multiplication ("Fast random integer generation in an interval", 2019): the
 * upper half of word · size, drawing again in the few cases that would favour some results.
 *
 * @param word the first draw, which the caller has at hand.
 * @param size how many results there are: 1 to 2³².
 * @param position where the draw belongs; the further attempts are read from there.
 * @returns an integer from 0 up to but not including `size`.
 */
export function boundedInteger(
  word: number,
  size: number,
  words: CounterWords,
  position: number,
  domain: Domain,
): number {
  if (size === 2 ** 32) return word >>> 0;
  const sizeHigh = size >>> 16;
  const sizeLow = size & 0xffff;
  let low = Math.imul(word, size) >>> 0;
  if (low < size) {
    const unfair = (2 ** 32 - size) % size;
    const retry = new Int32Array(1);
    for (let attempt = 1; low < unfair; attempt++) {
      words.words(retry, position, domain, attempt);
      word = retry[0]!;
      low = Math.imul(word, size) >>> 0;
    }
  }
  return multiplyHigh(word, sizeHigh, sizeLow) >>> 0;
}
