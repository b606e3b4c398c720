import { arange, dimensionValue, full, ones, type Tensor, tensor, zeros } from '@softvq/core';
import { literal, numbers } from '../inputs.js';
import { allTypes, casesOf, numericTypes, type OperationCase } from '../operation-case.js';

const passThrough = casesOf('input', [
  { name: 'matrix', inputs: [numbers(3, 5)], compute: (x) => x, dtypes: allTypes },
  { name: 'scalar', inputs: [numbers()], compute: (x) => x, dtypes: allTypes },
  { name: 'empty', inputs: [numbers(0, 3)], compute: (x) => x, dtypes: allTypes },
  { name: 'five axes', inputs: [numbers(1, 2, 1, 3, 2)], compute: (x) => x },
  { name: 'unused argument', inputs: [numbers(3), numbers(5)], compute: (x) => x.mul(2) },
  { name: 'two, exchanged', inputs: [numbers(3), numbers(5)], compute: (a, b) => [b, a] },
]);

/** Has its elements already, so that graphs get it as a constant. */
const captured = tensor([0.25, -3, 7]);

const constant = casesOf('constant', [
  {
    name: 'beside an argument',
    inputs: [numbers(3)],
    compute: (x) => x.mul(captured).sub(captured),
  },
]);

const fill = casesOf('fill', [
  { name: 'matrix', inputs: [], compute: () => full([3, 5], 0.1) },
  { name: 'scalar', inputs: [], compute: () => full([], -2.5) },
  { name: 'empty', inputs: [], compute: () => full([0, 3], 1) },
  { name: 'like an argument', inputs: [numbers(3, 5)], compute: filledLike, dtypes: allTypes },
  {
    name: 'infinities and NaN',
    inputs: [],
    compute: () => [
      full([2], Number.NEGATIVE_INFINITY),
      full([2], Number.POSITIVE_INFINITY),
      full([2], Number.NaN),
    ],
  },
  {
    name: 'beyond float32',
    inputs: [],
    compute: () => full([2], 2 ** 40 + 1, 'int64'),
    alsoUses: ['int64'],
    expected: [2 ** 40 + 1, 2 ** 40 + 1],
  },
  {
    name: 'of a symbolic shape',
    inputs: [numbers(3, 5)],
    compute: ({ shape, dtype }) => [zeros(shape, dtype), full([shape[0]!, 2], 7, dtype)],
    dynamic: [['batch']],
  },
]);

function filledLike({ shape, dtype }: Tensor): Tensor[] {
  return [zeros(shape, dtype), ones(shape, dtype)];
}

const arangeCases = casesOf('arange', [
  {
    name: 'counting',
    inputs: [],
    compute: () => arange(7),
    alsoUses: ['int32'],
    expected: [0, 1, 2, 3, 4, 5, 6],
  },
  { name: 'one', inputs: [], compute: () => arange(1), alsoUses: ['int32'] },
  { name: 'nothing', inputs: [], compute: () => arange(0), alsoUses: ['int32'] },
  {
    name: 'backwards in steps of 3',
    inputs: [],
    compute: () => arange(5, { start: 10, step: -3 }),
    alsoUses: ['int32'],
    expected: [10, 7, 4, 1, -2],
  },
  {
    name: 'fractions',
    inputs: [],
    compute: () => arange(11, { start: 0.5, step: 0.1, dtype: 'float32' }),
    expected: Array.from({ length: 11 }, (_, i) => Math.fround(0.5 + 0.1 * i)),
  },
  {
    name: 'in the type of an argument',
    inputs: [numbers(3)],
    compute: ({ dtype }) => arange(5, { start: 3, step: 2, dtype }),
    dtypes: numericTypes,
  },
  {
    name: 'beyond float32',
    inputs: [],
    compute: () => arange(3, { start: 2 ** 40, step: 1, dtype: 'int64' }),
    alsoUses: ['int64'],
    expected: [2 ** 40, 2 ** 40 + 1, 2 ** 40 + 2],
  },
  {
    name: 'as long as a symbolic axis',
    inputs: [numbers(5, 2)],
    compute: ({ shape }) => arange(shape[0]!, { dtype: 'float32', start: 1, step: 0.5 }),
    dynamic: [['batch']],
  },
]);

const dimension = casesOf('dimension', [
  {
    name: 'of a symbolic axis',
    inputs: [numbers(5, 2)],
    compute: ({ shape }) => dimensionValue(shape[0]!),
    dynamic: [['batch']],
    expected: [5],
  },
  {
    name: 'of a product',
    inputs: [numbers(5, 3, 2)],
    compute: ({ size, dtype }) => dimensionValue(size, dtype),
    dynamic: [['batch', 'tokens']],
    dtypes: numericTypes,
    expected: [30],
  },
  {
    name: 'as a whole number',
    inputs: [literal([1, 2, 3])],
    compute: ({ shape }) => dimensionValue(shape[0]!, 'int64'),
    dynamic: [['batch']],
    alsoUses: ['int64'],
    expected: [3],
  },
]);

export const sources: readonly OperationCase[] = [
  ...passThrough,
  ...constant,
  ...fill,
  ...arangeCases,
  ...dimension,
];
