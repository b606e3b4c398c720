import {
  ArgumentError,
  add,
  argmax,
  avgPool2d,
  cast,
  concat,
  conv2d,
  convTranspose2d,
  DisposedError,
  DTypeError,
  einsum,
  evaluate,
  exp,
  fromHost,
  full,
  gather,
  groupNorm,
  layerNorm,
  linear,
  logicalAnd,
  matmul,
  maxPool2d,
  oneHot,
  pad,
  reshape,
  resize,
  ShapeError,
  type SoftVQError,
  scaledDotProductAttention,
  slice,
  softmax,
  split,
  stack,
  sum,
  type Tensor,
  take,
  tensor,
  topK,
  transpose,
  where,
  zeros,
} from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

const a = zeros([2, 3]);
const image = zeros([1, 4, 5, 5]);
const bool = full([2], true, 'bool');
const int = zeros([2], 'int32');

type Kind = new (message: string) => SoftVQError;

/** What is done wrong, the class of the error, and what its message must say. */
const mistakes: readonly [what: string, act: () => unknown, kind: Kind, says: readonly string[]][] = [
  ['shapes that do not broadcast', () => add(a, zeros([4])), ShapeError, ['add', '[2, 3]', '[4]']],
  [
    'inner sizes that differ',
    () => matmul(a, zeros([2, 3])),
    ShapeError,
    ['matmul', '[2, 3]', 'inner sizes 3 and 2'],
  ],
  [
    'a matrix product of a vector',
    () => matmul(a, zeros([3])),
    ShapeError,
    ['matmul', 'float32[3]', 'two axes'],
  ],
  ['a weight that does not fit', () => linear(a, zeros([5, 4])), ShapeError, ['linear', '[2, 3]', '[5, 4]']],
  [
    'a bias that does not fit',
    () => linear(a, zeros([5, 3]), zeros([4])),
    ShapeError,
    ['linear', 'bias', '[4]', '[5]'],
  ],
  [
    'element types that differ',
    () => add(a, zeros([3], 'float64')),
    DTypeError,
    ['add', 'float32 and float64', 'cast()'],
  ],
  ['a number beside bool', () => add(bool, 1), DTypeError, ['add', 'bool']],
  ['logic on numbers', () => logicalAnd(a, a), DTypeError, ['logicalAnd', 'float32[2, 3]', 'bool']],
  ['exp of whole numbers', () => exp(int), DTypeError, ['exp', 'int32[2]']],
  ['a condition that is not bool', () => where(a, a, a), DTypeError, ['where', 'float32[2, 3]']],
  ['a fraction as whole number', () => add(int, 0.5), DTypeError, ['0.5', 'int32']],
  ['an axis out of range', () => sum(a, 2), ArgumentError, ['sum', 'axis 2', '-2 to 1']],
  ['an axis twice', () => sum(a, [0, -2]), ArgumentError, ['sum', 'twice']],
  ['an axis of a scalar', () => softmax(tensor(1)), ArgumentError, ['softmax', 'scalar']],
  ['the maximum of nothing', () => zeros([0, 2]).max(0), ArgumentError, ['max', '[0, 2]']],
  [
    'the position of the maximum of nothing',
    () => argmax(zeros([2, 0])),
    ArgumentError,
    ['argmax', '[2, 0]'],
  ],
  ['a reshape to another size', () => reshape(a, [4]), ShapeError, ['reshape', '[2, 3] has 6', '[4] has 4']],
  ['a reshape with two unknown sizes', () => reshape(a, [-1, -1]), ShapeError, ['reshape', '[-1, -1]']],
  ['a permutation that is none', () => transpose(a, [0, 0]), ArgumentError, ['transpose', '0,0']],
  ['a broadcast that shrinks', () => a.broadcastTo([3]), ShapeError, ['broadcastTo', '[2, 3]', '[3]']],
  ['more ranges than axes', () => slice(a, [null, null, null]), ShapeError, ['slice', '3 ranges', '[2, 3]']],
  ['a step of 0', () => slice(a, [{ step: 0 }]), ArgumentError, ['slice', 'step 0']],
  ['unequal parts', () => split(a, 2, 1), ShapeError, ['split', '[2, 3]', '2 parts']],
  ['parts that do not add up', () => split(a, [1, 1], 1), ShapeError, ['split', '[1, 1]', '[2, 3]']],
  [
    'joining shapes that differ',
    () => concat([a, zeros([2, 4])], 0),
    ShapeError,
    ['concat', '[2, 3], [2, 4]', 'axis 0'],
  ],
  ['joining nothing', () => concat([]), ArgumentError, ['concat']],
  ['stacking shapes that differ', () => stack([a, zeros([3, 2])]), ShapeError, ['[1, 2, 3]', '[1, 3, 2]']],
  [
    'padding by less than nothing',
    () =>
      pad(a, [
        [-1, 0],
        [0, 0],
      ]),
    ArgumentError,
    ['pad', '-1'],
  ],
  [
    'a reflection wider than the tensor',
    () =>
      pad(
        a,
        [
          [2, 0],
          [0, 0],
        ],
        { mode: 'reflect' },
      ),
    ShapeError,
    ['reflect', '[2, 3]'],
  ],
  [
    'indices that are no whole numbers',
    () => take(a, a),
    DTypeError,
    ['take', 'int32 or int64', 'float32[2, 3]'],
  ],
  [
    'indices of another shape',
    () => gather(a, 1, zeros([3, 1], 'int32')),
    ShapeError,
    ['gather', '[3, 1]', '[2, 3]'],
  ],
  ['a depth of 0', () => oneHot(int, 0), ArgumentError, ['oneHot', '0']],
  ['more than there are', () => topK(a, 4), ArgumentError, ['topK', '4', 'float32[2, 3]']],
  [
    'channels that do not fit',
    () => conv2d(image, zeros([8, 3, 3, 3])),
    ShapeError,
    ['conv', '[1, 4, 5, 5]', '[8, 3, 3, 3]'],
  ],
  [
    'a kernel larger than the image',
    () => conv2d(image, zeros([8, 4, 7, 7])),
    ShapeError,
    ['conv', '[8, 4, 7, 7]', 'fit'],
  ],
  [
    'a stride of 0',
    () => conv2d(image, zeros([8, 4, 3, 3]), { stride: 0 }),
    ArgumentError,
    ['conv', 'strides'],
  ],
  [
    'a transposed kernel that does not fit',
    () => convTranspose2d(image, zeros([3, 4, 2, 2])),
    ShapeError,
    ['convTranspose', '[3, 4, 2, 2]'],
  ],
  ['pooling without channels', () => maxPool2d(a, { kernel: 2 }), ShapeError, ['maxPool2d', '[2, 3]']],
  [
    'padding as wide as the window',
    () => avgPool2d(image, { kernel: 2, padding: 2 }),
    ArgumentError,
    ['avgPool2d', 'padding'],
  ],
  ['a size of 0', () => resize(image, [0, 5]), ArgumentError, ['resize', '0×5']],
  [
    'groups that do not divide',
    () => groupNorm(image, 3),
    ArgumentError,
    ['groupNorm', '4 channels', '3 groups'],
  ],
  [
    'a weight of another width',
    () => layerNorm(a, { weight: zeros([4]) }),
    ShapeError,
    ['layerNorm', 'weight', '[4]', '[3]'],
  ],
  [
    'keys of another width',
    () => scaledDotProductAttention(a, zeros([2, 4]), a),
    ShapeError,
    ['scaledDotProductAttention', '[2, 3], [2, 4], [2, 3]'],
  ],
  ['an equation that is none', () => einsum('ij,jk', a, a), ArgumentError, ['einsum', 'ij,jk']],
  ['an equation for other shapes', () => einsum('ij,jk->ik', a, a), ShapeError, ['einsum', '"j"', '3 and 2']],
  ['ragged nested arrays', () => tensor([[1, 2], [3]]), ShapeError, ['ragged', '[2], [1]']],
  [
    'a shape that does not fit the data',
    () => fromHost({ dtype: 'float32', shape: [3], data: new Float32Array(2) }),
    ShapeError,
    ['[3]', '3 elements', '2'],
  ],
  [
    'data in the wrong array',
    () => fromHost({ dtype: 'float32', shape: [1], data: new Int32Array(1) }),
    DTypeError,
    ['float32', 'Float32Array', 'Int32Array'],
  ],
];

describe('bad input', () => {
  it.each(mistakes)('%s', (_, act, kind, says) => {
    let error: unknown;
    try {
      act();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(kind);
    const { message } = error as Error;
    for (const part of says) expect(message).toContain(part);
  });

  it('is reported at the line that made the mistake', () => {
    const mistake = (): Tensor => matmul(a, zeros([2, 3]));
    try {
      mistake();
      expect.unreachable();
    } catch (error) {
      expect((error as SoftVQError).callSite).toMatch(/bad-input\.test\.ts:\d+:\d+$/);
      expect((error as SoftVQError).message).toContain(`\n    at ${(error as SoftVQError).callSite}`);
      expect((error as SoftVQError).code).toBe('shape');
    }
  });

  it('is refused when a disposed tensor is used', async () => {
    const gone = tensor([1, 2]);
    const later = gone.add(1);
    gone.dispose();
    gone.dispose();
    await expect(gone.array()).rejects.toThrow(DisposedError);
    await expect(evaluate(later)).rejects.toThrow('dispose() was called');
  });

  it('is refused when the elements of a wide integer are asked of a tensor with several', async () => {
    await expect(zeros([2]).item()).rejects.toThrow('one element; this one is [2]');
  });

  it('converts element types only on request', async () => {
    expect(await cast(tensor([1.9, -1.9, 0]), 'int32').array()).toEqual([1, -1, 0]);
    expect(await cast(tensor([0.5, 0, -3]), 'bool').array()).toEqual([true, false, true]);
  });
});
