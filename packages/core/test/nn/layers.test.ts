import { ArgumentError, compile, conv2d, ShapeError, type Tensor, tensor } from '@softvq/core';
import {
  Attention,
  BatchNorm,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  Embedding,
  GroupNorm,
  LayerNorm,
  LayerScale,
  Linear,
  Mlp,
  type Module,
  PatchEmbed,
  RMSNorm,
  Sequential,
  TransformerBlock,
} from '@softvq/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';
import { arbitrary, numbersOf, relativeError } from './numbers.js';

beforeAll(useReference);

const wide = (x: Tensor): Tensor => x.cast('float64');

/** The module with arbitrary values in float64 in place of its initial ones, which are often 0 or 1. */
function filledIn<M extends Module>(module: M): M {
  const entries = Object.entries(module.stateDict()).map(
    ([name, { shape }], i) => [name, arbitrary(shape as readonly number[], i)] as const,
  );
  return module.with(Object.fromEntries(entries));
}

describe('Linear', () => {
  it('is x · weightᵀ + bias over the last axis', async () => {
    const layer = new Linear(2, 3).with({
      weight: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      bias: tensor([10, 20, 30]),
    });
    expect(await layer.forward(tensor([[[1, -1]]])).array()).toEqual([[[9, 19, 29]]]);
    expect(new Linear(2, 3, { bias: false }).bias).toBeUndefined();
  });
});

describe('norms', () => {
  const x = wide(arbitrary([2, 4, 3]));

  it('LayerNorm has mean 0 and variance 1 over the last axis, then weight and bias', async () => {
    const plain = await numbersOf(new LayerNorm(3, { affine: false, epsilon: 1e-6 }).forward(x));
    const row = (await numbersOf(x)).slice(0, 3);
    const mean = (row[0]! + row[1]! + row[2]!) / 3;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
    expect(plain[0]).toBeCloseTo((row[0]! - mean) / Math.sqrt(variance + 1e-6), 12);
    const layer = new LayerNorm(3).with({ weight: wide(tensor([2, 3, 4])), bias: wide(tensor([5, 6, 7])) });
    const affine = await numbersOf(layer.forward(x));
    const unscaled = await numbersOf(new LayerNorm(3, { affine: false }).forward(x));
    expect(affine[1]).toBeCloseTo(unscaled[1]! * 3 + 6, 12);
    expect(Object.keys(new LayerNorm(3, { affine: false }).stateDict())).toEqual([]);
  });

  it('RMSNorm divides by the root of the mean square', async () => {
    const row = (await numbersOf(x)).slice(0, 3);
    const root = Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0) / 3 + 1e-6);
    expect((await numbersOf(new RMSNorm(3, { affine: false }).forward(x)))[2]).toBeCloseTo(
      row[2]! / root,
      12,
    );
    const scaled = new RMSNorm(3).with({ weight: wide(tensor([1, 1, 8])) });
    expect((await numbersOf(scaled.forward(x)))[2]).toBeCloseTo((8 * row[2]!) / root, 12);
  });

  it('GroupNorm takes groups of channels with their space', async () => {
    const all = await numbersOf(x);
    const group = all.slice(0, 6);
    const mean = group.reduce((sum, value) => sum + value) / 6;
    const deviation = Math.sqrt(group.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6 + 1e-5);
    const result = await numbersOf(new GroupNorm(2, 4, { affine: false }).forward(x));
    expect(result[4]).toBeCloseTo((all[4]! - mean) / deviation, 12);
    expect(() => new GroupNorm(3, 4)).toThrow(ArgumentError);
    expect(Object.keys(new GroupNorm(2, 4).parameters())).toEqual(['weight', 'bias']);
  });

  it('BatchNorm uses the running statistics, or those of the batch and returns the next ones', async () => {
    const layer = new BatchNorm(4, { momentum: 0.25 }).cast('float64');
    const statistics = { running_mean: wide(tensor([1, 2, 3, 4])), running_var: wide(tensor([4, 4, 4, 4])) };
    const evaluated = await numbersOf(layer.with(statistics).forward(x));
    const all = await numbersOf(x);
    expect(evaluated[3]).toBeCloseTo((all[3]! - 2) / Math.sqrt(4 + 1e-5), 12);

    const channel = [0, 1].flatMap((image) => all.slice(image * 12 + 3, image * 12 + 6));
    const mean = channel.reduce((sum, value) => sum + value) / 6;
    const squares = channel.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const { output, statistics: next } = layer.with(statistics).train(x);
    expect((await numbersOf(output))[3]).toBeCloseTo((all[3]! - mean) / Math.sqrt(squares / 6 + 1e-5), 12);
    expect((await numbersOf(next.running_mean))[1]).toBeCloseTo(0.75 * 2 + 0.25 * mean, 12);
    expect((await numbersOf(next.running_var))[1]).toBeCloseTo(0.75 * 4 + (0.25 * squares) / 5, 12);
    expect(layer.with({ ...next }).running_mean).toBe(next.running_mean);
    expect(() => new BatchNorm(4).train(tensor([[1, 2, 3, 4]]))).toThrow(ShapeError);
  });

  it('BatchNorm counts a batch known only at run time', async () => {
    const layer = new BatchNorm(4).cast('float64');
    const train = compile(({ x: input }: { x: Tensor }) => layer.train(input).statistics, {
      dynamic: { x: ['batch'] },
    });
    const expected = layer.train(x).statistics.running_var;
    expect(await relativeError((await train({ x })).running_var, expected)).toBeLessThan(1e-12);
  });
});

describe('Embedding', () => {
  it('takes rows', async () => {
    const table = new Embedding(3, 2).with({
      weight: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    });
    expect(await table.forward(tensor([[2, 0]], { dtype: 'int32' })).array()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
    ]);
  });
});

describe('convolutions', () => {
  it('have the weights of PyTorch', () => {
    expect(new Conv1d(4, 6, { kernel: 3, groups: 2 }).weight.shape).toEqual([6, 2, 3]);
    expect(new Conv2d(4, 6, { kernel: [3, 5] }).weight.shape).toEqual([6, 4, 3, 5]);
    expect(new ConvTranspose2d(4, 6, { kernel: 2, groups: 2 }).weight.shape).toEqual([4, 3, 2, 2]);
    expect(Object.keys(new Conv2d(4, 6, { kernel: 1, bias: false }).parameters())).toEqual(['weight']);
    expect(() => new Conv2d(4, 6, { kernel: 3, groups: 3 })).toThrow(ArgumentError);
    expect(() => new Conv2d(4, 6, { kernel: [3] })).toThrow(ArgumentError);
  });

  it('cross-correlate', async () => {
    const line = new Conv1d(1, 1, { kernel: 2, stride: 2, padding: 1 }).with({
      weight: tensor([[[1, 10]]]),
      bias: tensor([100]),
    });
    expect(await line.forward(tensor([[[1, 2, 3, 4]]])).array()).toEqual([[[110, 132, 104]]]);
    const image = new Conv2d(1, 1, { kernel: 2 }).with({
      weight: tensor([
        [
          [
            [1, 10],
            [100, 1000],
          ],
        ],
      ]),
      bias: tensor([0.5]),
    });
    const pixels = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], { shape: [1, 1, 3, 3] });
    expect(await image.forward(pixels).array()).toEqual([
      [
        [
          [5421.5, 6532.5],
          [8754.5, 9865.5],
        ],
      ],
    ]);
  });

  it('are undone in shape by the transposed one', async () => {
    const up = new ConvTranspose2d(1, 1, { kernel: 2, stride: 2 }).with({
      weight: tensor([1, 2, 3, 4], { shape: [1, 1, 2, 2] }),
      bias: tensor([1]),
    });
    expect(await numbersOf(up.forward(tensor([[[[1, 10]]]])))).toEqual([2, 3, 11, 21, 4, 5, 31, 41]);
    expect(
      new ConvTranspose2d(1, 1, { kernel: 3, stride: 2, padding: 1, outputPadding: 1 }).forward(
        tensor([1, 2, 3, 4], { shape: [1, 1, 2, 2] }),
      ).shape,
    ).toEqual([1, 1, 4, 4]);
  });
});

describe('PatchEmbed', () => {
  const embed = filledIn(new PatchEmbed({ patchSize: 2, width: 5 }));
  const images = arbitrary([2, 3, 4, 6], 9);

  it('is the convolution whose stride is its kernel, as tokens row by row', async () => {
    const { weight, bias } = embed.proj;
    const convolved = conv2d(images, weight, { stride: 2, bias }).reshape([2, 5, 6]).transpose([0, 2, 1]);
    expect(await relativeError(embed.forward(images), convolved)).toBeLessThan(1e-12);
    expect(Object.keys(embed.parameters())).toEqual(['proj.weight', 'proj.bias']);
  });

  it('refuses images that do not divide into patches, and other ranks and channels', () => {
    for (const shape of [
      [1, 3, 4, 5],
      [1, 1, 4, 4],
      [3, 4, 4],
    ]) {
      expect(() => embed.forward(arbitrary(shape))).toThrow(ShapeError);
    }
    expect(() => new PatchEmbed({ patchSize: 0, width: 4 })).toThrow(ArgumentError);
  });

  it('takes a batch known only at run time', async () => {
    const compiled = compile(({ x }: { x: Tensor }) => embed.forward(x), { dynamic: { x: ['batch'] } });
    expect(await relativeError(await compiled({ x: images }), embed.forward(images))).toBeLessThan(1e-12);
    const one = arbitrary([1, 3, 4, 6], 4);
    expect(await relativeError(await compiled({ x: one }), embed.forward(one))).toBeLessThan(1e-12);
    expect(compiled.compilations).toBe(1);
  });
});

/** Attention by loops over heads, rows and columns. */
async function attendByLoops(module: Attention, x: Tensor, mask?: Tensor): Promise<number[]> {
  const [batch, tokens, width] = x.shape as readonly [number, number, number];
  const size = width / module.heads;
  const qkv = await numbersOf(module.qkv.forward(x));
  const bias = mask === undefined ? undefined : await numbersOf(mask);
  const merged = new Float64Array(batch * tokens * width);
  const at = (b: number, t: number, part: number, head: number, i: number): number =>
    qkv[(b * tokens + t) * 3 * width + part * width + head * size + i]!;
  for (let b = 0; b < batch; b++) {
    for (let head = 0; head < module.heads; head++) {
      for (let row = 0; row < tokens; row++) {
        const logits = Array.from({ length: tokens }, (_, column) => {
          let dot = 0;
          for (let i = 0; i < size; i++) dot += at(b, row, 0, head, i) * at(b, column, 1, head, i);
          return dot / Math.sqrt(size) + (bias?.[row * tokens + column] ?? 0);
        });
        const weights = logits.map(Math.exp);
        const total = weights.reduce((sum, weight) => sum + weight);
        for (let i = 0; i < size; i++) {
          const mixed = weights.reduce((sum, weight, t) => sum + (weight / total) * at(b, t, 2, head, i), 0);
          merged[(b * tokens + row) * width + head * size + i] = mixed;
        }
      }
    }
  }
  return numbersOf(module.proj.forward(tensor(merged, { shape: [batch, tokens, width] })));
}

describe('Attention', () => {
  const attention = filledIn(new Attention(6, { heads: 3 }));
  const x = arbitrary([2, 4, 6], 5);
  const mask = tensor(
    [0, 1, 2, 3].map((row) =>
      [0, 1, 2, 3].map((column) => (column > row ? Number.NEGATIVE_INFINITY : 0.1 * column)),
    ),
    { dtype: 'float64' },
  );

  it('mixes values by softmax(query · key / √width) in each head', async () => {
    const expected = await attendByLoops(attention, x);
    expect(
      await relativeError(attention.forward(x), tensor(expected, { shape: [2, 4, 6], dtype: 'float64' })),
    ).toBeLessThan(1e-12);
  });

  it('adds the mask to the logits', async () => {
    const expected = await attendByLoops(attention, x, mask);
    const result = attention.forward(x, { mask });
    expect(
      await relativeError(result, tensor(expected, { shape: [2, 4, 6], dtype: 'float64' })),
    ).toBeLessThan(1e-12);
  });

  it('normalises and rotates queries and keys of each head', async () => {
    const normed = filledIn(new Attention(6, { heads: 3, qkNorm: true, qkvBias: false }));
    expect(Object.keys(normed.parameters())).toEqual([
      'qkv.weight',
      'q_norm.weight',
      'q_norm.bias',
      'k_norm.weight',
      'k_norm.bias',
      'proj.weight',
      'proj.bias',
    ]);
    const seen: unknown[] = [];
    // A common orthogonal map of queries and keys changes no dot product.
    const rotate = (heads: Tensor): Tensor => {
      seen.push(heads.shape);
      return heads.neg();
    };
    expect(await relativeError(normed.forward(x, { rotate }), normed.forward(x))).toBeLessThan(1e-12);
    expect(seen).toEqual([
      [2, 3, 4, 2],
      [2, 3, 4, 2],
    ]);
  });

  it('refuses heads that do not divide the width', () => {
    expect(() => new Attention(6, { heads: 4 })).toThrow(ArgumentError);
  });
});

describe('TransformerBlock', () => {
  const block = filledIn(new TransformerBlock(6, { heads: 2, layerScale: 0.5, mlpRatio: 2 }));
  const x = arbitrary([2, 4, 6], 5);

  it('adds attention and Mlp of normalised tokens, both scaled', async () => {
    const first = x.add(block.attn.forward(block.norm1.forward(x)).mul(block.ls1!.gamma));
    const expected = first.add(block.ls2!.forward(block.mlp.forward(block.norm2.forward(first))));
    expect(await relativeError(block.forward(x), expected)).toBeLessThan(1e-12);
    expect(block.norm1.epsilon).toBe(1e-6);
    expect(new TransformerBlock(6, { heads: 2 }).ls1).toBeUndefined();
    expect(await numbersOf(new LayerScale(2).gamma)).toEqual([Math.fround(1e-5), Math.fround(1e-5)]);
  });

  it('takes batch and tokens known only at run time', async () => {
    const compiled = compile(({ tokens }: { tokens: Tensor }) => block.forward(tokens), {
      dynamic: { tokens: ['batch', 'length'] },
    });
    for (const shape of [
      [2, 4, 6],
      [1, 7, 6],
      [3, 1, 6],
    ]) {
      const tokens = arbitrary(shape, 3);
      expect(await relativeError(await compiled({ tokens }), block.forward(tokens))).toBeLessThan(1e-12);
    }
    expect(compiled.compilations).toBe(1);
  });
});

describe('Mlp and Sequential', () => {
  it('apply their layers in order', async () => {
    const mlp = filledIn(new Mlp(3, { hidden: 4, outputs: 2, approximate: 'tanh' }));
    const x = arbitrary([5, 3], 1);
    const [hidden] = await numbersOf(mlp.fc1.forward(x));
    const gelu =
      0.5 * hidden! * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (hidden! + 0.044715 * hidden! ** 3)));
    const first = new Sequential(mlp.fc1, (h) => h.mul(gelu / hidden!));
    expect((await numbersOf(first.forward(x)))[0]).toBeCloseTo(gelu, 12);
    expect(mlp.forward(x).shape).toEqual([5, 2]);
    const exact = filledIn(new Mlp(3)).forward(x);
    expect(exact.shape).toEqual([5, 3]);
    expect(() => new Sequential('relu' as never)).toThrow(ArgumentError);
  });
});
