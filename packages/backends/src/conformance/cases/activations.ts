import {
  gelu,
  leakyRelu,
  logSoftmax,
  logSumExp,
  normalize,
  type OperationName,
  relu,
  silu,
  softmax,
  softplus,
  type Tensor,
} from '@softvq/core';
import { awayFromZero, type InputSpec, literal, numbers } from '../inputs.js';
import { casesOf, floatingTypes, type OperationCase } from '../operation-case.js';

const first = { derivatives: 1 } as const;

function elementwiseCases(
  operation: OperationName,
  compute: (x: Tensor) => Tensor,
  from: (...shape: number[]) => InputSpec = numbers,
): OperationCase[] {
  return casesOf(operation, [
    { name: 'matrix', inputs: [from(3, 7)], compute, dtypes: floatingTypes, derivatives: 2 },
    { name: 'scalar', inputs: [from()], compute },
    { name: 'empty', inputs: [from(0, 3)], compute },
    { name: 'far from 0', inputs: [literal([-200, -50, -10, 10, 50, 200])], compute },
    { name: 'symbolic axis', inputs: [from(3, 5)], compute, dynamic: [['batch']], ...first },
  ]);
}

/** Functions along one axis. */
function axisCases(operation: OperationName, along: (x: Tensor, axis: number) => Tensor): OperationCase[] {
  return casesOf(operation, [
    {
      name: 'the last axis',
      inputs: [numbers(3, 7)],
      compute: (x) => along(x, -1),
      dtypes: floatingTypes,
      derivatives: 2,
    },
    { name: 'the first axis', inputs: [numbers(5, 3)], compute: (x) => along(x, 0), ...first },
    { name: 'a middle axis', inputs: [numbers(2, 5, 3)], compute: (x) => along(x, 1), ...first },
    { name: 'one axis', inputs: [numbers(7)], compute: (x) => along(x, 0), ...first },
    { name: 'beside an empty axis', inputs: [numbers(0, 3)], compute: (x) => along(x, 1) },
    {
      name: 'symbolic rows',
      inputs: [numbers(3, 5)],
      compute: (x) => along(x, 1),
      dynamic: [['batch']],
      ...first,
    },
    {
      name: 'a symbolic axis',
      inputs: [numbers(2, 5)],
      compute: (x) => along(x, 1),
      dynamic: [['batch', 'tokens']],
      ...first,
    },
  ]);
}

const ofOne = (operation: OperationName, along: (x: Tensor, axis: number) => Tensor, value: number) =>
  casesOf(operation, [
    {
      name: 'an axis of size 1',
      inputs: [numbers(3, 1)],
      compute: (x) => along(x, 1),
      expected: [value, value, value],
    },
  ]);

const sumsOfExponents: readonly OperationCase[] = casesOf('logSumExp', [
  {
    name: 'all axes',
    inputs: [numbers(3, 5)],
    compute: (x) => logSumExp(x),
    dtypes: floatingTypes,
    ...first,
  },
  { name: 'the last axis', inputs: [numbers(3, 5)], compute: (x) => logSumExp(x, 1), derivatives: 2 },
  {
    name: 'the first axis, kept',
    inputs: [numbers(3, 5)],
    compute: (x) => logSumExp(x, 0, { keepDims: true }),
    ...first,
  },
  { name: 'two axes', inputs: [numbers(2, 3, 5)], compute: (x) => logSumExp(x, [0, 2]), ...first },
  { name: 'beside an empty axis', inputs: [numbers(0, 3)], compute: (x) => logSumExp(x, 1) },
  {
    name: 'a symbolic axis',
    inputs: [numbers(5, 3)],
    compute: (x) => logSumExp(x, 0),
    dynamic: [['batch']],
    ...first,
  },
  {
    name: 'of -Infinity',
    inputs: [literal([-Infinity, -Infinity, 0, -Infinity], { shape: [2, 2] })],
    compute: (x) => logSumExp(x, 1),
    expected: [-Infinity, 0],
  },
  {
    name: 'large',
    inputs: [literal([1000, 1000, -1000, -1000], { shape: [2, 2] })],
    compute: (x) => logSumExp(x, 1),
    expected: [1000 + Math.LN2, -1000 + Math.LN2].map(Math.fround),
  },
]);

const corners: readonly OperationCase[] = [
  ...casesOf('softmax', [
    {
      name: 'large logits',
      inputs: [literal([1e4, 1e4, -1e4, -1e4, -1e4, -1e4], { shape: [2, 3] })],
      compute: (x) => softmax(x),
      expected: [0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3].map(Math.fround),
    },
    {
      name: '-Infinity is left out',
      inputs: [literal([0, -Infinity, 0, -Infinity])],
      compute: (x) => softmax(x),
      expected: [0.5, 0, 0.5, 0],
    },
  ]),
  ...casesOf('logSoftmax', [
    {
      name: 'large logits',
      inputs: [literal([1e4, -1e4, 1e4])],
      compute: (x) => logSoftmax(x),
      expected: [-Math.LN2, -2e4 - Math.LN2, -Math.LN2].map(Math.fround),
    },
  ]),
  ...casesOf('relu', [
    {
      name: 'at its kink',
      inputs: [literal([-1, 0, 1])],
      compute: relu,
      expected: [0, 0, 1],
      expectedGradients: [[0, 0, 1]],
    },
  ]),
  ...casesOf('normalize', [
    {
      name: 'shorter than epsilon',
      inputs: [literal([0.3, 0.4, 3, 4], { shape: [2, 2] })],
      compute: (x) => normalize(x, 1, 2),
      expected: [0.15, 0.2, 0.6, 0.8].map(Math.fround),
      ...first,
    },
    {
      name: 'of zeros',
      inputs: [literal([0, 0])],
      compute: (x) => normalize(x, 0, 0.5),
      expected: [0, 0],
      expectedGradients: [[2, 2]],
    },
  ]),
  ...casesOf('gelu', [
    {
      name: 'known values',
      inputs: [literal([0, 1, -1, 2])],
      compute: (x) => gelu(x),
      expected: [0, 0.8413447460685429, -0.15865525393145707, 1.9544997361036416],
    },
  ]),
];

export const activations: readonly OperationCase[] = [
  ...axisCases('softmax', softmax),
  ...ofOne('softmax', softmax, 1),
  ...axisCases('logSoftmax', logSoftmax),
  ...ofOne('logSoftmax', logSoftmax, 0),
  ...axisCases('normalize', (x, axis) => normalize(x, axis)),
  ...sumsOfExponents,
  ...elementwiseCases('gelu', (x) => gelu(x)),
  ...casesOf('gelu', [
    {
      name: 'tanh approximation',
      inputs: [numbers(3, 7)],
      compute: (x) => gelu(x, { approximate: 'tanh' }),
      dtypes: floatingTypes,
      derivatives: 2,
    },
    {
      name: 'tanh approximation far from 0',
      inputs: [literal([-50, -5, 5, 50])],
      compute: (x) => gelu(x, { approximate: 'tanh' }),
    },
  ]),
  ...elementwiseCases('silu', silu),
  ...elementwiseCases('relu', relu, awayFromZero),
  ...elementwiseCases('leakyRelu', (x) => leakyRelu(x, 0.2), awayFromZero),
  ...elementwiseCases('softplus', softplus),
  ...corners,
];
