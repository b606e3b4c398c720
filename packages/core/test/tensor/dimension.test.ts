import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDimensions,
  broadcastShapes,
  type Dimension,
  dimensionsEqual,
  divideDimensions,
  evaluateDimension,
  multiplyDimensions,
  subtractDimensions,
  symbol,
  symbolsOf,
} from '../../src/tensor/dimension.js';

const batch = symbol('batch');
const tokens = symbol('tokens');

/** Random polynomials over two symbols with the same polynomial as a function of numbers. */
const polynomial = fc.letrec<{ any: { dimension: Dimension; at: (b: number, t: number) => number } }>(
  (tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.integer({ min: -5, max: 5 }).map((n) => ({ dimension: n as Dimension, at: () => n })),
      fc.constant({ dimension: batch as Dimension, at: (b: number) => b }),
      fc.constant({ dimension: tokens as Dimension, at: (_: number, t: number) => t }),
      fc.tuple(tie('any'), tie('any')).map(([p, q]) => ({
        dimension: addDimensions(p.dimension, q.dimension),
        at: (b: number, t: number) => p.at(b, t) + q.at(b, t),
      })),
      fc.tuple(tie('any'), tie('any')).map(([p, q]) => ({
        dimension: multiplyDimensions(p.dimension, q.dimension),
        at: (b: number, t: number) => p.at(b, t) * q.at(b, t),
      })),
    ),
  }),
).any;

describe('symbolic sizes', () => {
  it('compute what their formula says for every value of the symbols', () => {
    fc.assert(
      fc.property(polynomial, fc.nat(9), fc.nat(9), ({ dimension, at }, b, t) => {
        const bindings = new Map([
          ['batch', b],
          ['tokens', t],
        ]);
        expect(evaluateDimension(dimension, bindings)).toBe(at(b, t) + 0);
      }),
    );
  });

  it('have one form, however they were made', () => {
    fc.assert(
      fc.property(polynomial, polynomial, ({ dimension: p }, { dimension: q }) => {
        expect(dimensionsEqual(addDimensions(p, q), addDimensions(q, p))).toBe(true);
        expect(subtractDimensions(addDimensions(p, q), q)).toEqual(p);
      }),
    );
  });

  it('divide exactly what was multiplied', () => {
    fc.assert(
      fc.property(polynomial, polynomial, ({ dimension: p }, { dimension: q }) => {
        fc.pre(q !== 0);
        expect(divideDimensions(multiplyDimensions(p, q), q)).toEqual(p);
      }),
    );
  });

  it('refuse divisions that leave a remainder', () => {
    expect(divideDimensions(addDimensions(batch, 1), batch)).toBeUndefined();
    expect(divideDimensions(multiplyDimensions(3, batch), 2)).toBeUndefined();
    expect(divideDimensions(7, 0)).toBeUndefined();
  });

  it('print as formulas', () => {
    const size = addDimensions(multiplyDimensions(2, batch, tokens), subtractDimensions(batch, 3));
    expect(String(size)).toBe('2·batch·tokens + batch - 3');
    expect(symbolsOf([size, 5])).toEqual(['batch', 'tokens']);
  });

  it('broadcast with 1 and with themselves, and with nothing else', () => {
    expect(broadcastShapes('add', [batch, 1, 3], [tokens, 3])).toEqual([batch, tokens, 3]);
    expect(() => broadcastShapes('add', [batch], [tokens])).toThrow(
      'add: shapes [batch] and [tokens] do not broadcast',
    );
    expect(() => broadcastShapes('add', [batch], [2])).toThrow('do not broadcast');
  });
});
