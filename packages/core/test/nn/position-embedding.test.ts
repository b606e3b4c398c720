import { ArgumentError, compile, ShapeError, type Tensor, tensor, zeros } from '@softvq/core';
import { sineCosine1d, sineCosine2d, timestepEmbedding } from '@softvq/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';
import { readGolden } from './golden.js';
import { numbersOf, relativeError } from './numbers.js';

beforeAll(useReference);

const golden = readGolden('generators/embeddings.safetensors');

describe('position tables', () => {
  it('have the 1-D values of DiT on tokens', async () => {
    const table = sineCosine1d(64, 1152);
    expect(table.shape).toEqual([1, 64, 1152]);
    expect(await relativeError(table.reshape([64, 1152]), (await golden)('pos1d.64x1152'))).toBeLessThan(
      1e-6,
    );
  });

  it('have the 2-D values of DiT on images', async () => {
    const table = sineCosine2d(8, 8, 96);
    expect(table.shape).toEqual([1, 64, 96]);
    expect(await relativeError(table.reshape([64, 96]), (await golden)('pos2d.8x96'))).toBeLessThan(1e-6);
  });

  it('tell columns first when rows and columns differ', async () => {
    const table = await sineCosine2d(2, 3, 4).array();
    // Token 4 is in row 1 and column 1, token 5 in row 1 and column 2.
    const expected = [4, 5].map((token) => {
      const column = token - 3;
      return [Math.sin(column), Math.cos(column), Math.sin(1), Math.cos(1)].map(Math.fround);
    });
    expect((table as number[][][])[0]!.slice(4)).toEqual(expected);
  });

  it('refuse widths that do not divide', () => {
    expect(() => sineCosine1d(4, 3)).toThrow(ArgumentError);
    expect(() => sineCosine2d(4, 4, 6)).toThrow(ArgumentError);
  });
});

describe('timestepEmbedding', () => {
  it('has the values of DiT, traced and with a batch known only at run time', async () => {
    const embed = compile(({ t }: { t: Tensor }) => timestepEmbedding(t), { dynamic: { t: ['batch'] } });
    const result = await embed({ t: tensor([0, 0.1, 0.5, 1, 250, 999]) });
    expect(await relativeError(result, (await golden)('timestep.256'))).toBeLessThan(1e-5);
    expect((await embed({ t: tensor([0]) })).shape).toEqual([1, 256]);
  });

  it('takes whole timesteps', async () => {
    const whole = timestepEmbedding(tensor([3, 7], { dtype: 'int32' }), 4);
    expect(whole.dtype).toBe('float32');
    expect(await numbersOf(whole)).toEqual(await numbersOf(timestepEmbedding(tensor([3, 7]), 4)));
  });

  it('refuses odd widths and other shapes', () => {
    expect(() => timestepEmbedding(zeros([2]), 5)).toThrow(ArgumentError);
    expect(() => timestepEmbedding(zeros([2, 1]))).toThrow(ShapeError);
  });
});
