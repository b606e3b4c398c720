import {
  add,
  argmax,
  avgPool2d,
  type Backend,
  batchNorm,
  cast,
  compile,
  conv1d,
  conv2d,
  convTranspose2d,
  cumsum,
  type DType,
  einsum,
  erf,
  fromStored,
  gather,
  gelu,
  groupNorm,
  layerNorm,
  leakyRelu,
  linear,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  maxPool2d,
  mean,
  mul,
  type NestedArray,
  normalize,
  pad,
  prod,
  resize,
  rmsNorm,
  round,
  scaledDotProductAttention,
  scatterAdd,
  setDefaultBackend,
  sigmoid,
  silu,
  slice,
  softmax,
  softplus,
  sum,
  type Tensor,
  take,
  takeAdd,
  tensor,
  topK,
  transpose,
  where,
} from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeBackend } from '../src/conformance/index.js';
import { reference } from '../src/reference/index.js';

describeBackend('reference', reference);

/** Here the reference is compared with numbers worked out by hand, since the kit compares it with itself. */
describe('reference, by hand', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await reference();
    setDefaultBackend(backend);
  });

  const row = (...elements: number[]) => tensor(elements, { dtype: 'float64' });
  const matrix = (elements: NestedArray) => tensor(elements, { dtype: 'float64' });
  const image = (elements: number[][]) => matrix([[elements]]);
  const flat = async (x: Tensor) => Array.from((await x.host()).data, Number);

  async function expectClose(x: Tensor, expected: readonly number[], digits = 12): Promise<void> {
    const actual = await flat(x);
    expect(actual).toHaveLength(expected.length);
    for (const [i, value] of expected.entries()) expect(actual[i], `element ${i}`).toBeCloseTo(value, digits);
  }

  describe('elementwise', () => {
    it('broadcasts', async () => {
      expect(await add(matrix([[1], [2]]), row(10, 20, 30)).array()).toEqual([
        [11, 21, 31],
        [12, 22, 32],
      ]);
      expect(await where(tensor([true, false]), matrix([[1], [2]]), -1).array()).toEqual([
        [1, -1],
        [2, -1],
      ]);
    });

    it('knows the error function', async () => {
      await expectClose(
        erf(row(0.1, 0.5, 1, 2, 3, -1)),
        [
          0.1124629160182849, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527, 0.9999779095030014,
          -0.8427007929497149,
        ],
        15,
      );
    });

    it('rounds halves to even, casts towards 0 and wraps whole numbers', async () => {
      expect(await flat(round(row(-2.5, -0.5, 0.5, 1.5, 2.5, 2.6)))).toEqual([-2, 0, 0, 2, 2, 3]);
      expect(await flat(cast(row(-2.9, -0.1, 2.9, 300), 'int32'))).toEqual([-2, 0, 2, 300]);
      expect(await flat(cast(row(300, 255), 'uint8'))).toEqual([44, 255]);
      expect(await flat(tensor([2 ** 31 - 1], { dtype: 'int32' }).add(1))).toEqual([-(2 ** 31)]);
      expect(await flat(mul(tensor([65537], { dtype: 'int32' }), 65537))).toEqual([131073]);
    });

    it('does not round between operations', async () => {
      const huge = tensor([1e8]);
      expect(await flat(huge.add(1).sub(huge))).toEqual([1]);
      expect(await flat(tensor([60000], { dtype: 'float16' }).mul(10).div(10))).toEqual([
        Number((await flat(tensor([60000], { dtype: 'float16' })))[0]),
      ]);
    });

    it('refuses int64 beyond 2^53', async () => {
      const large = tensor([2 ** 52], { dtype: 'int64' });
      expect(await flat(large.add(1))).toEqual([2 ** 52 + 1]);
      await expect(large.mul(4).array()).rejects.toThrow(/2\^53/);
    });
  });

  describe('reductions', () => {
    const x = () =>
      matrix([
        [1, 5, 2],
        [4, 3, 6],
      ]);

    it('along axes', async () => {
      expect(await sum(x(), 0).array()).toEqual([5, 8, 8]);
      expect(await mean(x(), 1, { keepDims: true }).array()).toEqual([[8 / 3], [13 / 3]]);
      expect(await prod(x()).item()).toBe(720);
      expect(await max(x(), 1).array()).toEqual([5, 6]);
      expect(await argmax(x(), 0).array()).toEqual([1, 0, 1]);
      expect(await argmax(row(2, 7, 7, 1)).item()).toBe(1);
    });

    it('runs sums in every direction', async () => {
      const sums = async (exclusive: boolean, reverse: boolean) =>
        flat(cumsum(row(1, 2, 4, 8), 0, { exclusive, reverse }));
      expect(await sums(false, false)).toEqual([1, 3, 7, 15]);
      expect(await sums(true, false)).toEqual([0, 1, 3, 7]);
      expect(await sums(false, true)).toEqual([15, 14, 12, 8]);
      expect(await sums(true, true)).toEqual([14, 12, 8, 0]);
    });

    it('ranks with ties in order', async () => {
      const largest = topK(row(3, 9, 3, 9, 1), 4);
      expect(await largest.values.array()).toEqual([9, 9, 3, 3]);
      expect(await largest.indices.array()).toEqual([1, 3, 0, 2]);
      const smallest = topK(row(3, 9, 3, 9, 1), 3, { largest: false });
      expect(await smallest.indices.array()).toEqual([4, 0, 2]);
    });
  });

  describe('movement and indexing', () => {
    const x = () =>
      matrix([
        [1, 2, 3],
        [4, 5, 6],
      ]);

    it('moves elements', async () => {
      expect(await transpose(x()).array()).toEqual([
        [1, 4],
        [2, 5],
        [3, 6],
      ]);
      expect(await slice(x(), [{ step: -1 }, { start: -1, step: -2 }]).array()).toEqual([
        [6, 4],
        [3, 1],
      ]);
      expect(await pad(row(1, 2, 3), [[2, 1]], { mode: 'reflect' }).array()).toEqual([3, 2, 1, 2, 3, 2]);
      expect(await pad(row(1, 2, 3), [[2, 1]], { mode: 'circular' }).array()).toEqual([2, 3, 1, 2, 3, 1]);
      expect(
        await pad(
          x(),
          [
            [1, 0],
            [0, 1],
          ],
          { value: 9 },
        ).array(),
      ).toEqual([
        [9, 9, 9, 9],
        [1, 2, 3, 9],
        [4, 5, 6, 9],
      ]);
    });

    it('reads and adds by index', async () => {
      const index = tensor([1, 0, 1], { dtype: 'int32' });
      expect(await take(x(), index).array()).toEqual([
        [4, 5, 6],
        [1, 2, 3],
        [4, 5, 6],
      ]);
      expect(await takeAdd(row(10, 20), index, row(1, 2, 4)).array()).toEqual([12, 25]);
      const places = tensor(
        [
          [2, 0],
          [1, 1],
        ],
        { dtype: 'int64' },
      );
      expect(await gather(x(), 1, places).array()).toEqual([
        [3, 1],
        [5, 5],
      ]);
      expect(
        await scatterAdd(
          x(),
          1,
          places,
          matrix([
            [10, 20],
            [30, 40],
          ]),
        ).array(),
      ).toEqual([
        [21, 2, 13],
        [4, 75, 6],
      ]);
      await expect(take(x(), tensor([2], { dtype: 'int32' })).array()).rejects.toThrow(
        /index 2 lies outside 0 to 1/,
      );
    });
  });

  describe('products', () => {
    it('multiplies matrices', async () => {
      const [a, b] = [
        matrix([
          [1, 2],
          [3, 4],
        ]),
        matrix([
          [5, 6],
          [7, 8],
        ]),
      ];
      expect(await matmul(a, b).array()).toEqual([
        [19, 22],
        [43, 50],
      ]);
      expect(await matmul(a, b, { transposeA: true }).array()).toEqual([
        [26, 30],
        [38, 44],
      ]);
      expect(await matmul(a, b, { transposeB: true }).array()).toEqual([
        [17, 23],
        [39, 53],
      ]);
      expect(await matmul(a, b, { transposeA: true, transposeB: true }).array()).toEqual([
        [23, 31],
        [34, 46],
      ]);
      expect(await einsum('ij,ij->i', a, b).array()).toEqual([17, 53]);
      expect(
        await linear(
          row(1, 2),
          matrix([
            [3, 4],
            [5, 6],
          ]),
          row(100, 200),
        ).array(),
      ).toEqual([111, 217]);
    });

    it('convolves lines', async () => {
      const x = matrix([[[1, 2, 3, 4, 5]]]);
      const kernel = matrix([[[1, 10]]]);
      expect(await flat(conv1d(x, kernel))).toEqual([21, 32, 43, 54]);
      expect(await flat(conv1d(x, kernel, { stride: 2 }))).toEqual([21, 43]);
      expect(await flat(conv1d(x, kernel, { dilation: 3 }))).toEqual([41, 52]);
      expect(await flat(conv1d(x, kernel, { padding: [[1, 0]] }))).toEqual([10, 21, 32, 43, 54]);
      const pair = matrix([
        [
          [1, 2],
          [3, 4],
        ],
      ]);
      expect(await conv1d(pair, matrix([[[1, 1]], [[2, 2]]]), { groups: 2 }).array()).toEqual([[[3], [14]]]);
    });

    it('convolves images', async () => {
      const x = image([
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ]);
      const kernel = image([
        [1, 10],
        [100, 1000],
      ]);
      expect(await flat(conv2d(x, kernel))).toEqual([5421, 6532, 8754, 9865]);
      expect(await flat(conv2d(x, kernel, { dilation: 2 }))).toEqual([9731]);
      expect(await flat(conv2d(x, kernel, { stride: 2, padding: 1 }))).toEqual([1000, 3200, 7040, 9865]);
    });

    it('transposes convolutions', async () => {
      const x = image([[1, 2]]);
      const kernel = image([[1, 10, 100]]);
      expect(await flat(convTranspose2d(x, kernel))).toEqual([1, 12, 120, 200]);
      expect(await flat(convTranspose2d(x, kernel, { stride: [1, 2] }))).toEqual([1, 10, 102, 20, 200]);
      const shifted = {
        stride: [1, 2],
        padding: [
          [0, 0],
          [1, 1],
        ],
        outputPadding: [0, 1],
      } as const;
      expect(await flat(convTranspose2d(x, kernel, shifted))).toEqual([10, 102, 20, 200]);
    });

    it('pools', async () => {
      const x = image([
        [1, 2],
        [3, 4],
      ]);
      const padded = {
        kernel: 2,
        stride: 1,
        padding: [
          [1, 0],
          [0, 0],
        ],
      } as const;
      expect(await flat(maxPool2d(x.neg(), padded))).toEqual([-1, -1]);
      expect(await flat(avgPool2d(x, padded))).toEqual([0.75, 2.5]);
      expect(await flat(avgPool2d(x, { ...padded, countPadding: false }))).toEqual([1.5, 2.5]);
    });
  });

  describe('composites', () => {
    it('weighs exponents', async () => {
      const logits = row(0, Math.LN2, Math.log(3));
      await expectClose(softmax(logits), [1 / 6, 2 / 6, 3 / 6]);
      await expectClose(logSoftmax(logits), [-Math.log(6), -Math.log(3), -Math.LN2]);
      await expectClose(logSumExp(logits), [Math.log(6)]);
    });

    it('normalises', async () => {
      const root = Math.sqrt(1.5);
      await expectClose(layerNorm(row(1, 2, 3), { epsilon: 0 }), [-root, 0, root]);
      await expectClose(rmsNorm(row(3, 4), { epsilon: 0 }), [3 / Math.sqrt(12.5), 4 / Math.sqrt(12.5)]);
      await expectClose(normalize(row(3, 4)), [0.6, 0.8]);
      await expectClose(groupNorm(matrix([[1, 3, 10, 30]]), 2, { epsilon: 0 }), [-1, 1, -1, 1]);
      const statistics = { mean: row(1, 2), variance: row(4, 16), weight: row(1, 2), bias: row(0, 5) };
      await expectClose(batchNorm(matrix([[3, 6]]), { ...statistics, epsilon: 0 }), [1, 7]);
    });

    it('activates', async () => {
      await expectClose(sigmoid(row(0, 1, -1)), [0.5, 0.7310585786300049, 0.2689414213699951]);
      await expectClose(silu(row(1)), [0.7310585786300049]);
      await expectClose(gelu(row(1, -1)), [0.8413447460685429, -0.15865525393145705]);
      await expectClose(gelu(row(1), { approximate: 'tanh' }), [0.8411919906082768]);
      await expectClose(softplus(row(0)), [Math.LN2]);
      await expectClose(leakyRelu(row(-2, 2), 0.1), [-0.2, 2]);
    });

    it('attends', async () => {
      const query = matrix([[1, 0]]);
      const key = matrix([
        [Math.LN2, 5],
        [0, -5],
      ]);
      const value = matrix([
        [3, 30],
        [6, 60],
      ]);
      await expectClose(scaledDotProductAttention(query, key, value, { scale: 1 }), [4, 40]);
      const mask = matrix([[Number.NEGATIVE_INFINITY, 0]]);
      await expectClose(scaledDotProductAttention(query, key, value, { mask }), [6, 60]);
    });
  });

  describe('resize', () => {
    /** The weights of one output pixel: what it makes of an image with a single 1 at each place. */
    async function weightsOf(
      from: number,
      to: number,
      output: number,
      options: Parameters<typeof resize>[2],
    ) {
      const ones = Array.from({ length: from }, (_, i) => [
        [Array.from({ length: from }, (_, j) => Number(i === j))],
      ]);
      return flat(
        slice(resize(matrix(ones), [1, to], options), [
          null,
          null,
          null,
          { start: output, stop: output + 1 },
        ]),
      );
    }

    async function expectRow(
      from: number,
      to: number,
      output: number,
      first: number,
      taps: readonly number[],
    ) {
      const weights = await weightsOf(from, to, output, { method: 'bicubic', antialias: true });
      const expected = weights.map((_, i) => taps[i - first] ?? 0);
      for (const [i, weight] of weights.entries()) expect(weight, `tap ${i}`).toBeCloseTo(expected[i]!, 5);
    }

    it('antialiased bicubic, 37 to 16', async () => {
      await expectRow(37, 16, 0, 0, [0.387186, 0.441451, 0.209256, -0.003056, -0.031817, -0.00302]);
      const middle = [
        -0.007093, -0.03187, 0.018384, 0.243594, 0.428314, 0.320481, 0.074068, -0.029513, -0.016364,
      ];
      await expectRow(37, 16, 8, 15, middle);
    });

    it('antialiased bicubic, 37 to 32 and 14 to 16', async () => {
      await expectRow(37, 32, 0, 0, [0.881273, 0.152397, -0.03367]);
      await expectRow(14, 16, 0, 0, [1.028517, -0.028517]);
      await expectRow(14, 16, 5, 3, [-0.073853, 0.801636, 0.305786, -0.033569]);
    });

    it('plain bicubic with a = -0.75', async () => {
      const doubled = resize(image([[0, 1]]), [1, 4], { method: 'bicubic' });
      await expectClose(doubled, [-0.10546875, 0.2265625, 0.7734375, 1.10546875], 7);
    });

    it('nearest, bilinear and area', async () => {
      const x = image([[0, 1, 2, 6]]);
      expect(await flat(resize(x, [1, 2], { method: 'nearest' }))).toEqual([0, 2]);
      expect(await flat(resize(x, [1, 2], { method: 'area' }))).toEqual([0.5, 4]);
      expect(await flat(resize(image([[0, 4]]), [1, 4]))).toEqual([0, 1, 3, 4]);
      await expectClose(resize(image([[0, 4]]), [1, 3], { coordinates: 'align-corners' }), [0, 2, 4]);
    });
  });

  describe('contract', () => {
    it('rounds results to their type', async () => {
      for (const dtype of ['float32', 'float16'] as const satisfies DType[]) {
        expect(await flat(tensor([1], { dtype }).div(3))).not.toEqual([1 / 3]);
      }
      expect((await tensor([1]).div(3).data())[0]).toBe(Math.fround(1 / 3));
    });

    it('reads constants of files once, when the graph is compiled', async () => {
      let reads = 0;
      const data = Float32Array.of(2, 3);
      const stored = fromStored({
        dtype: 'float32',
        storedAs: 'float32',
        shape: [2],
        read: async () => {
          reads++;
          return { dtype: 'float32', shape: [2], data };
        },
      });
      const scaled = compile((x: Tensor) => x.mul(stored), { backend });
      expect(await flat(await scaled(tensor([1, 1])))).toEqual([2, 3]);
      expect(await flat(await scaled(tensor([2, 2])))).toEqual([4, 6]);
      expect(reads).toBe(1);
      await scaled.dispose();
    });

    it('refuses buffers of another backend', async () => {
      const other = await reference();
      const buffer = await other.upload({ dtype: 'float32', shape: [1], data: Float32Array.of(1) });
      await expect(backend.download(buffer)).rejects.toMatchObject({ code: 'backend' });
      const wrong = { dtype: 'float32', shape: [2], data: Float32Array.of(1) } as const;
      await expect(backend.upload(wrong)).rejects.toMatchObject({ code: 'shape' });
    });

    it('names the input that does not fit', async () => {
      const named = compile(({ left, right }: Record<'left' | 'right', Tensor>) => left.add(right), {
        backend,
      });
      const executable = await backend.compile(await named.graph({ left: row(1, 2), right: row(1, 2) }));
      const upload = (shape: readonly number[], data: Float64Array) =>
        backend.upload({ dtype: 'float64', shape, data });
      const buffers = [await upload([2], Float64Array.of(1, 2)), await upload([1, 2], Float64Array.of(1, 2))];
      await expect(executable.run(buffers)).rejects.toThrow('input "right" is [1, 2] and must be [2]');
      const floats = await backend.upload({ dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) });
      await expect(executable.run([floats, buffers[0]!])).rejects.toThrow(
        'input "left" is float32 and must be float64',
      );
      await named.dispose();
    });
  });
});
