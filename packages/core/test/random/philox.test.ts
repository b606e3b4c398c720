import { describe, expect, it } from 'vitest';
import { multiplyHigh, philox4x32, type Words2, type Words4 } from '../../src/random/philox.js';

function block(counter: Words4, key: Words2): string[] {
  const words = new Int32Array(4);
  philox4x32(words, counter, key);
  return [...words].map((word) => (word >>> 0).toString(16).padStart(8, '0'));
}

describe('Philox4x32-10', () => {
  // From kat_vectors of the authors' Random123 library.
  it.each<[Words4, Words2, string]>([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[-1, -1, -1, -1], [-1, -1], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ])('gives the published words for counter %j and key %j', (counter, key, expected) => {
    expect(block(counter, key).join(' ')).toBe(expected);
  });

  it('counts in 64 bits from block to block', () => {
    const words = new Int32Array(12);
    philox4x32(words, [0xfffffffe, 7, 3, 4], [5, 6]);
    const separate = [
      block([0xfffffffe, 7, 3, 4], [5, 6]),
      block([0xffffffff, 7, 3, 4], [5, 6]),
      block([0, 8, 3, 4], [5, 6]),
    ];
    expect([...words].map((word) => (word >>> 0).toString(16).padStart(8, '0'))).toEqual(separate.flat());
  });

  it('multiplies 32 by 32 bits exactly', () => {
    const values = [0, 1, 2, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffff0001, 0xfffffffe, 0xffffffff];
    for (const x of values) {
      for (const constant of [...values, 0xd2511f53, 0xcd9e8d57]) {
        const exact = Number((BigInt(x) * BigInt(constant)) >> 32n);
        expect(multiplyHigh(x | 0, constant >>> 16, constant & 0xffff) >>> 0).toBe(exact);
      }
    }
  });
});
