import {
  add,
  type DType,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  mul,
  notEqual,
  type OperationName,
  pow,
  sub,
  type Tensor,
  tensor,
  where,
} from '@softvq/core';
import { awayFromZero, booleans, fewValues, type InputSpec, literal, numbers, positive } from '../inputs.js';
import {
  allTypes,
  casesOf,
  floatingTypes,
  numericTypes,
  type OperationCase,
  signedTypes,
} from '../operation-case.js';

interface BinaryOptions {
  readonly left?: (...shape: number[]) => InputSpec;
  readonly right?: (...shape: number[]) => InputSpec;
  readonly dtypes?: readonly DType[];
  readonly derivatives?: 1 | 2;
}

/** The ways in which two shapes broadcast. */
function binaryCases(
  operation: OperationName,
  compute: (a: Tensor, b: Tensor) => Tensor,
  { left = numbers, right = left, dtypes, derivatives }: BinaryOptions,
): OperationCase[] {
  const types = dtypes !== undefined && { dtypes };
  const first = derivatives !== undefined && { derivatives: 1 as const };
  const all = derivatives !== undefined && { derivatives };
  return casesOf(operation, [
    { name: 'alike', inputs: [left(3, 5), right(3, 5)], compute, ...types, ...all },
    { name: 'a row', inputs: [left(3, 5), right(5)], compute, ...types, ...first },
    { name: 'a row on the left', inputs: [left(5), right(3, 5)], compute, ...first },
    { name: 'a column and a row', inputs: [left(3, 1), right(1, 5)], compute, ...first },
    { name: 'a middle axis', inputs: [left(2, 1, 3), right(5, 1)], compute, ...first },
    { name: 'a scalar', inputs: [left(7), right()], compute, ...first },
    { name: 'two scalars', inputs: [left(), right()], compute, ...first },
    { name: 'axes of size 1', inputs: [left(1), right(1, 1, 1)], compute },
    { name: 'nothing and a row', inputs: [left(0, 3), right(1, 3)], compute },
    { name: 'nothing and a scalar', inputs: [left(3, 0), right()], compute },
    {
      name: 'symbolic rows',
      inputs: [left(3, 5), right(3, 1)],
      compute,
      dynamic: [['batch'], ['batch']],
      ...first,
    },
    { name: 'a tensor with itself', inputs: [left(7)], compute: (x) => compute(x, x) },
  ]);
}

const arithmetic: readonly OperationCase[] = [
  ...binaryCases('add', add, { dtypes: numericTypes, derivatives: 1 }),
  ...binaryCases('sub', sub, { dtypes: signedTypes, derivatives: 1 }),
  ...binaryCases('mul', mul, { dtypes: numericTypes, derivatives: 2 }),
  ...binaryCases('div', div, { right: awayFromZero, dtypes: floatingTypes, derivatives: 2 }),
  ...binaryCases('pow', pow, { left: positive, right: numbers, dtypes: floatingTypes, derivatives: 2 }),
  ...binaryCases('maximum', maximum, { dtypes: numericTypes, derivatives: 1 }),
  ...binaryCases('minimum', minimum, { dtypes: numericTypes, derivatives: 1 }),
];

const comparisons: readonly OperationCase[] = [
  ...binaryCases('equal', equal, { left: fewValues, dtypes: allTypes }),
  ...binaryCases('notEqual', notEqual, { left: fewValues, dtypes: allTypes }),
  ...binaryCases('less', less, { left: fewValues, dtypes: numericTypes }),
  ...binaryCases('lessEqual', lessEqual, { left: fewValues, dtypes: numericTypes }),
  ...binaryCases('greater', greater, { left: fewValues, dtypes: numericTypes }),
  ...binaryCases('greaterEqual', greaterEqual, { left: fewValues, dtypes: numericTypes }),
];

const logic: readonly OperationCase[] = [
  ...binaryCases('logicalAnd', logicalAnd, { left: booleans }),
  ...binaryCases('logicalOr', logicalOr, { left: booleans }),
  ...binaryCases('logicalXor', logicalXor, { left: booleans }),
];

const choice = casesOf('where', [
  {
    name: 'alike',
    inputs: [booleans(3, 5), numbers(3, 5), numbers(3, 5)],
    compute: where,
    dtypes: allTypes,
    derivatives: 1,
  },
  {
    name: 'all three broadcast',
    inputs: [booleans(2, 1, 1), numbers(3, 1), numbers(5)],
    compute: where,
    dtypes: allTypes,
    derivatives: 1,
  },
  { name: 'scalars', inputs: [booleans(), numbers(), numbers()], compute: where, derivatives: 1 },
  {
    name: 'a scalar condition',
    inputs: [booleans(), numbers(3, 1), numbers(1, 5)],
    compute: where,
    derivatives: 1,
  },
  {
    name: 'a number',
    inputs: [booleans(3, 5), numbers(5)],
    compute: (condition, a) => where(condition, a, -7),
    derivatives: 1,
  },
  { name: 'nothing', inputs: [booleans(0, 5), numbers(5), numbers()], compute: where },
  {
    name: 'symbolic rows',
    inputs: [booleans(3, 1), numbers(3, 5), numbers(5)],
    compute: where,
    dynamic: [['batch'], ['batch']],
    derivatives: 1,
  },
]);

const withNumbers: readonly OperationCase[] = [
  ...casesOf('add', [
    { name: 'a number', inputs: [numbers(3, 5)], compute: (x) => add(2, x), dtypes: numericTypes },
    {
      name: 'wraps around in int32',
      inputs: [literal([2 ** 31 - 1, -(2 ** 31)], { dtype: 'int32' }), literal([1, -1], { dtype: 'int32' })],
      compute: add,
      expected: [-(2 ** 31), 2 ** 31 - 1],
    },
    {
      name: 'wraps around in uint8',
      inputs: [literal([200, 255], { dtype: 'uint8' }), literal([100, 1], { dtype: 'uint8' })],
      compute: add,
      expected: [44, 0],
    },
  ]),
  ...casesOf('sub', [
    {
      name: 'wraps around in uint8',
      inputs: [literal([3, 0], { dtype: 'uint8' }), literal([5, 1], { dtype: 'uint8' })],
      compute: sub,
      expected: [254, 255],
    },
  ]),
  ...casesOf('mul', [
    {
      name: 'wraps around in int32',
      inputs: [literal([65537, 2 ** 30], { dtype: 'int32' }), literal([65537, 3], { dtype: 'int32' })],
      compute: mul,
      expected: [131073, -(2 ** 30)],
    },
    {
      name: 'wraps around in uint8',
      inputs: [literal([20, 255], { dtype: 'uint8' }), literal([13, 255], { dtype: 'uint8' })],
      compute: mul,
      expected: [4, 1],
    },
  ]),
  ...casesOf('pow', [
    { name: 'squares of negative numbers', inputs: [numbers(7)], compute: (x) => pow(x, 2), derivatives: 2 },
    { name: 'cubes of negative numbers', inputs: [numbers(7)], compute: (x) => pow(x, 3), derivatives: 2 },
    { name: 'reciprocals', inputs: [awayFromZero(7)], compute: (x) => pow(x, -1), derivatives: 2 },
    { name: 'a number to a tensor', inputs: [numbers(7)], compute: (x) => pow(2, x), derivatives: 2 },
    {
      name: '0 to the 0',
      inputs: [literal([0, 2, -3, 0]), literal([0, 0, 0, 2])],
      compute: pow,
      expected: [1, 1, 1, 0],
    },
    {
      name: 'at 0',
      inputs: [literal([0, 0, 0, -2])],
      compute: (x) => pow(x, literalExponents(x)),
      expectedGradients: [[0, 1, 0, -4]],
    },
    {
      name: 'exponent of 0',
      inputs: [literal([0, 0]), literal([2, 3])],
      compute: pow,
      expectedGradients: [
        [0, 0],
        [0, 0],
      ],
    },
  ]),
  ...casesOf('maximum', [
    {
      name: 'ties share the gradient',
      inputs: [literal([1, 2, 3]), literal([1, 3, 2])],
      compute: maximum,
      expectedGradients: [
        [0.5, 0, 1],
        [0.5, 1, 0],
      ],
    },
  ]),
  ...casesOf('minimum', [
    {
      name: 'ties share the gradient',
      inputs: [literal([1, 2, 3]), literal([1, 3, 2])],
      compute: minimum,
      expectedGradients: [
        [0.5, 1, 0],
        [0.5, 0, 1],
      ],
    },
  ]),
];

/** 0, 1, 2 and 2: exponents whose derivative at 0 has a value of its own. */
function literalExponents({ dtype }: Tensor): Tensor {
  return tensor([0, 1, 2, 2], { dtype });
}

export const binary: readonly OperationCase[] = [
  ...arithmetic,
  ...comparisons,
  ...logic,
  ...choice,
  ...withNumbers,
];
