/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3" (2011): ten rounds turn a 128-bit counter and a 64-bit key into 128 random bits.
 *
 * Fills `words` with the blocks of consecutive counters; the first two counter words count as one 64-bit
 * number, low word first. All words are 32 bits held in signed integers.
 *
 * @param words a multiple of four words; block b fills words 4b to 4b + 3.
 * @param counter the four words of the first counter.
 * @param key two words.
 */
export function philox4x32(words: Int32Array, counter: Words4, key: Words2): void {
  let low = counter[0] | 0;
  let high = counter[1] | 0;
  for (let offset = 0; offset < words.length; offset += 4) {
    let x0 = low;
    let x1 = high;
    let x2 = counter[2] | 0;
    let x3 = counter[3] | 0;
    let key0 = key[0] | 0;
    let key1 = key[1] | 0;
    for (let round = 0; round < 10; round++) {
      const high0 = multiplyHigh(x0, 0xd251, 0x1f53);
      const high2 = multiplyHigh(x2, 0xcd9e, 0x8d57);
      const low0 = Math.imul(x0, 0xd2511f53);
      const low2 = Math.imul(x2, 0xcd9e8d57);
      x0 = high2 ^ x1 ^ key0;
      x1 = low2;
      x2 = high0 ^ x3 ^ key1;
      x3 = low0;
      key0 = (key0 + 0x9e3779b9) | 0;
      key1 = (key1 + 0xbb67ae85) | 0;
    }
    words[offset] = x0;
    words[offset + 1] = x1;
    words[offset + 2] = x2;
    words[offset + 3] = x3;
    low = (low + 1) | 0;
    if (low === 0) high = (high + 1) | 0;
  }
}

export type Words2 = readonly [number, number];
export type Words4 = readonly [number, number, number, number];

/**
 * The upper 32 bits of the unsigned product of `x` and a constant given as two 16-bit halves. 16-bit partial
 * products in integer registers measured a quarter faster than a float64 product with an exact low word.
 */
export function multiplyHigh(x: number, constantHigh: number, constantLow: number): number {
  const low = x & 0xffff;
  const high = x >>> 16;
  const cross = Math.imul(high, constantLow) + (Math.imul(low, constantLow) >>> 16);
  const other = Math.imul(low, constantHigh);
  const carry = ((other & 0xffff) + (cross & 0xffff)) >>> 16;
  return (Math.imul(high, constantHigh) + (cross >>> 16) + (other >>> 16) + carry) | 0;
}
