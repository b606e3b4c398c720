import { ArgumentError, ones, type Tensor, valueAndGrad } from '@softvq/core';
import { Attention, Dropout, DropPath, Mlp, TransformerBlock, tracedRandom } from '@softvq/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';
import { arbitrary, numbersOf } from './numbers.js';

beforeAll(useReference);

const random = tracedRandom({ seed: 1, step: 0 });

describe('Dropout', () => {
  it('drops the given share and keeps the mean', async () => {
    const numbers = await numbersOf(new Dropout(0.25).forward(ones([100, 200]), random));
    const kept = numbers.filter((x) => x !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.75)]));
    expect(Math.abs(kept.length / 20_000 - 0.75)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / 20_000));
  });

  it('drops gradients where it drops elements', async () => {
    const drop = new Dropout(0.5);
    const { gradient } = valueAndGrad((x: Tensor) => drop.forward(x, random).sum())(ones([4, 8]));
    expect(await numbersOf(gradient)).toEqual(await numbersOf(drop.forward(ones([4, 8]), random)));
  });

  it('does nothing without randomness or at rate 0', () => {
    const x = ones([2]);
    expect(new Dropout(0.5).forward(x)).toBe(x);
    expect(new Dropout(0).forward(x, random)).toBe(x);
    expect(new DropPath(0.5).forward(x)).toBe(x);
    expect(new DropPath(0).forward(x, random)).toBe(x);
  });

  it('refuses rates that are no probability below 1', () => {
    for (const rate of [-0.1, 1, Number.NaN]) {
      expect(() => new Dropout(rate)).toThrow(ArgumentError);
      expect(() => new DropPath(rate)).toThrow(ArgumentError);
    }
  });
});

describe('DropPath', () => {
  it('drops whole samples', async () => {
    const rows = (await new DropPath(0.5).forward(ones([400, 2, 3]), random).array()) as number[][][];
    const firsts = rows.map((row) => row[0]![0]!);
    expect(rows.every((row, i) => row.flat().every((x) => x === firsts[i]))).toBe(true);
    expect(new Set(firsts)).toEqual(new Set([0, 2]));
    expect(Math.abs(firsts.filter((x) => x === 0).length - 200)).toBeLessThan(40);
  });
});

describe('layers with dropout', () => {
  const x = arbitrary([2, 3, 4]).cast('float32');

  it('change with the randomness and are repeated by it', async () => {
    const rates = { attentionDropout: 0.5, projectionDropout: 0.5, mlpDropout: 0.5, dropPath: 0.1 };
    const block = new TransformerBlock(4, { heads: 2, ...rates });
    const run = async (step: number): Promise<number[]> =>
      numbersOf(block.forward(x, { random: tracedRandom({ seed: 1, step }) }));
    expect(await run(0)).toEqual(await run(0));
    expect(await run(0)).not.toEqual(await run(1));
    expect(await numbersOf(block.forward(x))).toEqual(await numbersOf(block.with({}).forward(x)));
  });

  it('drop other elements at each place', async () => {
    const mlp = new Mlp(4, { hidden: 4, dropout: 0.5 });
    const [first, second] = ['drop1', 'drop2'].map((name) => random.child(name).uniform([3, 4]));
    expect(await numbersOf(first!)).not.toEqual(await numbersOf(second!));
    expect((await numbersOf(mlp.forward(x, random))).filter((each) => each === 0).length).toBeGreaterThan(0);
  });

  it('drop attention weights, which keeps their mean', async () => {
    const attention = new Attention(4, { heads: 2, attentionDropout: 0.5 });
    const steps = 400;
    const total = new Float64Array(24);
    const plain = await numbersOf(attention.forward(x));
    for (let step = 0; step < steps; step++) {
      const dropped = await numbersOf(attention.forward(x, { random: tracedRandom({ seed: 2, step }) }));
      for (const [i, each] of dropped.entries()) total[i]! += each / steps;
    }
    // The deviation of one element is about that of the values, below 0.5.
    expect(Math.max(...total.map((each, i) => Math.abs(each - plain[i]!)))).toBeLessThan(
      (4 * 0.5) / Math.sqrt(steps),
    );
  });
});
