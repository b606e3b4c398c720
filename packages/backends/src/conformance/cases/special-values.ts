import {
  abs,
  add,
  arange,
  cumsum,
  div,
  equal,
  exp,
  gather,
  greater,
  less,
  log,
  max,
  maximum,
  min,
  minimum,
  mul,
  notEqual,
  rsqrt,
  scatterAdd,
  sqrt,
  sub,
  sum,
  take,
  tanh,
  where,
} from '@softvq/core';
import { literal } from '../inputs.js';
import { casesOf, floatingTypes, type OperationCase } from '../operation-case.js';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** NaN and the infinities go through, and what makes them makes them. */
const notFinite: readonly OperationCase[] = [
  ...casesOf('exp', [
    {
      name: 'infinities and NaN',
      inputs: [literal([-infinity, infinity, nan, 1000, -1000])],
      compute: exp,
      dtypes: floatingTypes,
      expected: [0, infinity, nan, infinity, 0],
    },
  ]),
  ...casesOf('log', [
    {
      name: '0, negative, infinite and NaN',
      inputs: [literal([0, -1, infinity, nan, 1])],
      compute: log,
      dtypes: floatingTypes,
      expected: [-infinity, nan, infinity, nan, 0],
    },
  ]),
  ...casesOf('sqrt', [
    {
      name: '0, negative and infinite',
      inputs: [literal([0, -1, infinity])],
      compute: sqrt,
      expected: [0, nan, infinity],
    },
  ]),
  ...casesOf('rsqrt', [
    {
      name: '0, negative and infinite',
      inputs: [literal([0, -1, infinity])],
      compute: rsqrt,
      expected: [infinity, nan, 0],
    },
  ]),
  ...casesOf('tanh', [
    {
      name: 'infinities',
      inputs: [literal([-infinity, infinity, nan])],
      compute: tanh,
      expected: [-1, 1, nan],
    },
  ]),
  ...casesOf('abs', [
    {
      name: 'infinities',
      inputs: [literal([-infinity, infinity, nan])],
      compute: abs,
      expected: [infinity, infinity, nan],
    },
  ]),
  ...casesOf('div', [
    {
      name: 'by 0',
      inputs: [literal([1, -1, 0, infinity]), literal([0, 0, 0, infinity])],
      compute: div,
      dtypes: floatingTypes,
      expected: [infinity, -infinity, nan, nan],
    },
  ]),
  ...casesOf('maximum', [
    {
      name: 'infinities',
      inputs: [literal([infinity, -infinity, 1]), literal([1, 1, -infinity])],
      compute: maximum,
      expected: [infinity, 1, 1],
    },
    {
      name: 'NaN wins',
      inputs: [literal([nan, 1, nan]), literal([1, nan, nan])],
      compute: maximum,
      expected: [nan, nan, nan],
    },
  ]),
  ...casesOf('minimum', [
    {
      name: 'infinities',
      inputs: [literal([infinity, -infinity, 1]), literal([1, 1, infinity])],
      compute: minimum,
      expected: [1, -infinity, 1],
    },
    {
      name: 'NaN wins',
      inputs: [literal([nan, 1, nan]), literal([1, nan, nan])],
      compute: minimum,
      expected: [nan, nan, nan],
    },
  ]),
  ...casesOf('max', [
    {
      name: 'infinities',
      inputs: [literal([-infinity, -infinity, 1, infinity], { shape: [2, 2] })],
      compute: (x) => max(x, 1),
      expected: [-infinity, infinity],
    },
    {
      name: 'NaN wins',
      inputs: [literal([1, nan, 2, 3, 4, 5], { shape: [2, 3] })],
      compute: (x) => max(x, 1),
      expected: [nan, 5],
    },
  ]),
  ...casesOf('min', [
    {
      name: 'infinities',
      inputs: [literal([infinity, infinity, 1, -infinity], { shape: [2, 2] })],
      compute: (x) => min(x, 1),
      expected: [infinity, -infinity],
    },
    {
      name: 'NaN wins',
      inputs: [literal([1, nan, 2, 3, 4, 5], { shape: [2, 3] })],
      compute: (x) => min(x, 1),
      expected: [nan, 3],
    },
  ]),
  ...casesOf('sum', [
    {
      name: 'infinities and NaN',
      inputs: [literal([infinity, 1, infinity, -infinity, nan, 1], { shape: [3, 2] })],
      compute: (x) => sum(x, 1),
      expected: [infinity, nan, nan],
    },
  ]),
  ...casesOf('where', [
    {
      name: 'what is not chosen does not count',
      inputs: [
        literal([1, 0, 1], { dtype: 'bool' }),
        literal([1, nan, infinity]),
        literal([infinity, 2, nan]),
      ],
      compute: where,
      expected: [1, 2, infinity],
    },
  ]),
  ...casesOf('equal', [
    {
      name: 'NaN differs from itself',
      inputs: [literal([nan, infinity, 0]), literal([nan, infinity, -0])],
      compute: equal,
      expected: [0, 1, 1],
    },
  ]),
  ...casesOf('notEqual', [
    {
      name: 'NaN differs from itself',
      inputs: [literal([nan, 1])],
      compute: (x) => notEqual(x, x),
      expected: [1, 0],
    },
  ]),
  ...casesOf('less', [
    {
      name: 'NaN is not less',
      inputs: [literal([nan, -infinity, 1]), literal([1, infinity, nan])],
      compute: less,
      expected: [0, 1, 0],
    },
  ]),
];

const big = 2 ** 40;

/** Neighbours that float32 cannot tell apart. */
const wholeNumbers: readonly OperationCase[] = [
  ...casesOf('add', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([2 ** 24, big, -big], { dtype: 'int64' }), literal([1, 3, -1], { dtype: 'int64' })],
      compute: add,
      expected: [2 ** 24 + 1, big + 3, -big - 1],
    },
    {
      name: 'int32 beyond float32',
      inputs: [literal([2 ** 24, 2 ** 30], { dtype: 'int32' }), literal([1, 1], { dtype: 'int32' })],
      compute: add,
      expected: [2 ** 24 + 1, 2 ** 30 + 1],
    },
  ]),
  ...casesOf('sub', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([big + 1], { dtype: 'int64' }), literal([big], { dtype: 'int64' })],
      compute: sub,
      expected: [1],
    },
  ]),
  ...casesOf('mul', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([2 ** 20 + 1], { dtype: 'int64' }), literal([2 ** 20 + 1], { dtype: 'int64' })],
      compute: mul,
      expected: [2 ** 40 + 2 ** 21 + 1],
    },
  ]),
  ...casesOf('equal', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([big + 1, big], { dtype: 'int64' }), literal([big, big], { dtype: 'int64' })],
      compute: equal,
      expected: [0, 1],
    },
  ]),
  ...casesOf('greater', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([big + 1, big], { dtype: 'int64' }), literal([big, big], { dtype: 'int64' })],
      compute: greater,
      expected: [1, 0],
    },
    {
      name: 'int32 beyond float32',
      inputs: [literal([2 ** 24 + 1], { dtype: 'int32' }), literal([2 ** 24], { dtype: 'int32' })],
      compute: greater,
      expected: [1],
    },
  ]),
  ...casesOf('sum', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([big, 1, 2, -big], { dtype: 'int64' })],
      compute: (x) => sum(x),
      expected: [3],
    },
    {
      name: 'int32 beyond float32',
      inputs: [literal([2 ** 24, 1, 2 ** 25, 1], { dtype: 'int32' })],
      compute: (x) => sum(x),
      expected: [2 ** 24 + 2 ** 25 + 2],
    },
  ]),
  ...casesOf('max', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([big, big + 1, big - 1], { dtype: 'int64' })],
      compute: (x) => max(x),
      expected: [big + 1],
    },
  ]),
  ...casesOf('cumsum', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([big, 1, 1], { dtype: 'int64' })],
      compute: (x) => cumsum(x, 0),
      expected: [big, big + 1, big + 2],
    },
  ]),
  ...casesOf('take', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([big + 1, big + 2], { dtype: 'int64' }), literal([1, 0, 1], { dtype: 'int64' })],
      compute: (x, index) => take(x, index),
      expected: [big + 2, big + 1, big + 2],
    },
  ]),
  ...casesOf('gather', [
    {
      name: 'int64 beyond float32',
      inputs: [literal([big + 1, big + 2], { dtype: 'int64' }), literal([1, 0, 1], { dtype: 'int64' })],
      compute: (x, index) => gather(x, 0, index),
      expected: [big + 2, big + 1, big + 2],
    },
  ]),
  ...casesOf('scatterAdd', [
    {
      name: 'int64 beyond float32',
      inputs: [
        literal([big, 0], { dtype: 'int64' }),
        literal([0, 0, 1], { dtype: 'int64' }),
        literal([1, 2, big + 1], { dtype: 'int64' }),
      ],
      compute: (x, index, updates) => scatterAdd(x, 0, index, updates),
      expected: [big + 3, big + 1],
    },
  ]),
  ...casesOf('arange', [
    {
      name: 'int32 beyond float32',
      inputs: [],
      compute: () => arange(2, { start: 2 ** 24, dtype: 'int32' }),
      alsoUses: ['int32'],
      expected: [2 ** 24, 2 ** 24 + 1],
    },
  ]),
];

export const specialValues: readonly OperationCase[] = [...notFinite, ...wholeNumbers];
