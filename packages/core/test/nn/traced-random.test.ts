import { ArgumentError, compile, type Tensor, tensor } from '@softvq/core';
import { tracedRandom } from '@softvq/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';
import { numbersOf } from './numbers.js';

beforeAll(useReference);

type Draw = (seed: number, step: number, name?: string) => Promise<number[]>;

/** Numbers of a shape for any seed and step, compiled once a name. */
function drawer(shape: readonly number[]): Draw {
  const compiled = new Map<string, (at: { seed: Tensor; step: Tensor }) => Promise<Tensor>>();
  return async (seed, step, name = 'drop') => {
    const known =
      compiled.get(name) ??
      compile((at: { seed: Tensor; step: Tensor }) => tracedRandom(at).child(name).uniform(shape));
    compiled.set(name, known);
    const at = { seed: tensor(seed, { dtype: 'int32' }), step: tensor(step, { dtype: 'int32' }) };
    return numbersOf(await known(at));
  };
}

/** Standard deviations by which Pearson's statistic of equally likely cells lies from its mean. */
function excess(counts: ArrayLike<number>): number {
  const numbers = Array.from(counts);
  const expected = numbers.reduce((sum, count) => sum + count) / numbers.length;
  const statistic = numbers.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = numbers.length - 1;
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

function excessOfSingles(numbers: readonly number[], cells = 256): number {
  const counts = new Float64Array(cells);
  for (const x of numbers) counts[Math.floor(x * cells)]!++;
  return excess(counts);
}

/** Of pairs (a[i], b[i + shift]) in 16 × 16 cells: large unless both are uniform and independent. */
function excessOfPairs(a: readonly number[], b: readonly number[], shift = 0): number {
  const counts = new Float64Array(256);
  for (let i = 0; i + shift < b.length; i++) {
    counts[Math.floor(a[i]! * 16) * 16 + Math.floor(b[i + shift]! * 16)]!++;
  }
  return excess(counts);
}

// All draws are fixed, so the tests cannot fail by chance; a normal variable exceeds 4 in 3 of 100,000 cases.
const bound = 4;

describe.each([
  ['a matrix', [256, 1024], 1024],
  ['attention weights', [4, 8, 64, 128], 8192],
  ['a vector', [1 << 18], 1024],
] as const)('numbers of %s', (_, shape, row) => {
  const draw = drawer(shape);

  it('are uniform in [0, 1)', async () => {
    const numbers = await draw(1, 2);
    expect(numbers.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 22))).toBe(true);
    expect(excessOfSingles(numbers)).toBeLessThan(bound);
    for (const rate of [0.1, 0.5]) {
      const deviation = Math.sqrt(rate * (1 - rate) * numbers.length);
      expect(Math.abs(numbers.filter((x) => x < rate).length - rate * numbers.length)).toBeLessThan(
        bound * deviation,
      );
    }
  });

  it('are independent of their neighbours in a row, in a column and across', async () => {
    const numbers = await draw(1, 2);
    for (const shift of [1, 2, row, row + 1])
      expect(excessOfPairs(numbers, numbers, shift)).toBeLessThan(bound);
  });

  it('are independent of those of neighbouring steps, seeds and other names', async () => {
    const numbers = await draw(1, 2);
    for (const other of [await draw(1, 3), await draw(2, 2), await draw(2, 1), await draw(1, 2, 'other')]) {
      expect(excessOfPairs(numbers, other)).toBeLessThan(bound);
    }
  });

  it('show no pattern in the sums over squares of four neighbours', async () => {
    const numbers = await draw(7, 0);
    const sums = numbers.slice(row + 1).map((x, i) => {
      const mixed = x - numbers[i + row]! - numbers[i + 1]! + numbers[i]!;
      return mixed - Math.floor(mixed);
    });
    expect(excessOfSingles(sums)).toBeLessThan(bound);
  });
});

describe('numbers of a matrix', () => {
  it('have no two rows or columns alike', async () => {
    const numbers = await drawer([512, 512])(3, 3);
    const signs = numbers.map((x) => (x < 0.5 ? 1 : -1));
    const agreement = (start: number, other: number, step: number): number => {
      let sum = 0;
      for (let i = 0; i < 512; i++) sum += signs[start + i * step]! * signs[other + i * step]!;
      return Math.abs(sum) / Math.sqrt(512);
    };
    let worst = 0;
    for (let a = 0; a < 512; a++) {
      for (let b = a + 1; b < 512; b += 5) {
        worst = Math.max(worst, agreement(a * 512, b * 512, 1), agreement(a, b, 512));
      }
    }
    // Of 52,000 pairs the most alike agree by 4.5 deviations; copies would by 22.
    expect(worst).toBeLessThan(7);
  });
});

describe('numbers of one element', () => {
  it('are uniform and independent over steps', async () => {
    const draw = drawer([4, 1, 1]);
    const steps: number[][] = [];
    for (let step = 0; step < 4096; step++) steps.push(await draw(11, step));
    for (const element of [0, 3]) {
      const numbers = steps.map((each) => each[element]!);
      expect(excessOfSingles(numbers, 64)).toBeLessThan(bound);
      expect(excessOfPairs(numbers, numbers, 1)).toBeLessThan(bound);
    }
    expect(
      excessOfPairs(
        steps.map((each) => each[0]!),
        steps.map((each) => each[1]!),
      ),
    ).toBeLessThan(bound);
  });
});

describe('tracedRandom', () => {
  it('gives the same numbers for the same seed, step and name, as numbers or tensors', async () => {
    const random = tracedRandom({ seed: 12_345_678, step: 5 });
    const drawn = await drawer([2, 3])(12_345_678, 5);
    expect(await numbersOf(random.child('drop').uniform([2, 3]))).toEqual(drawn);
    expect(await numbersOf(random.child('other').uniform([2, 3]))).not.toEqual(drawn);
    expect(await numbersOf(random.child('a').child('b').uniform([4]))).not.toEqual(
      await numbersOf(random.child('b').child('a').uniform([4])),
    );
  });

  it('keeps its numbers: a change would change every resumed training', async () => {
    const random = tracedRandom({ seed: 7, step: 3 }).child('block').child(2);
    const scaled = async (x: Tensor): Promise<number[]> => (await numbersOf(x)).map((each) => each * 2 ** 22);
    expect(await scaled(random.uniform([4]))).toMatchInlineSnapshot(`
      [
        2418474,
        3987799,
        432548,
        3098512,
      ]
    `);
    expect(await scaled(random.uniform([2, 2]))).toMatchInlineSnapshot(`
      [
        1601742,
        3452602,
        2407163,
        1314023,
      ]
    `);
  });

  it('tells all bits of seed and step', async () => {
    const draw = drawer([2]);
    const drawn = new Set<string>();
    for (let bit = 0; bit < 24; bit++) {
      drawn.add(String(await draw(2 ** bit, 0)));
      drawn.add(String(await draw(0, 2 ** bit)));
    }
    expect(drawn.size).toBe(48);
  });

  it('takes shapes known only at run time', async () => {
    const random = tracedRandom({ seed: 1, step: 1 });
    const like = compile(({ x }: { x: Tensor }) => random.uniform(x.shape), {
      dynamic: { x: ['batch', 'tokens'] },
    });
    for (const shape of [
      [2, 3, 4],
      [5, 1, 4],
      [1, 1, 4],
    ]) {
      const x = tensor(new Float32Array(shape[0]! * shape[1]! * shape[2]!), { shape });
      const drawn = await like({ x });
      expect(drawn.shape).toEqual(shape);
      expect(new Set(await numbersOf(drawn)).size).toBe(x.size);
    }
    expect(like.compilations).toBe(1);
    expect((await random.uniform([]).item()) < 1).toBe(true);
  });

  it('covers more elements than float32 can count', () => {
    expect(tracedRandom({ seed: 1, step: 1 }).uniform([64, 1024, 1024]).shape).toEqual([64, 1024, 1024]);
  });

  it('refuses what it cannot hash exactly', () => {
    expect(() => tracedRandom({ seed: -1, step: 0 })).toThrow(ArgumentError);
    expect(() => tracedRandom({ seed: 0, step: 2 ** 24 })).toThrow(ArgumentError);
    expect(() => tracedRandom({ seed: 0.5, step: 0 })).toThrow('whole number');
    expect(() => tracedRandom({ seed: tensor([1]), step: 0 })).toThrow(ArgumentError);
    expect(() => tracedRandom({ seed: 0, step: 0 }).uniform([2 ** 23])).toThrow(ArgumentError);
  });
});
