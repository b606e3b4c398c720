import {
  broadcastTo,
  concat,
  type Dimension,
  expandDims,
  flip,
  narrow,
  pad,
  reshape,
  type SliceRange,
  slice,
  split,
  squeeze,
  stack,
  swapAxes,
  type Tensor,
  transpose,
} from '@softvq/core';
import { numbers } from '../inputs.js';
import { allTypes, casesOf, type OperationCase } from '../operation-case.js';

const first = { derivatives: 1 } as const;
const batch = { dynamic: [['batch']] } as const;
const batchAndTokens = { dynamic: [['batch', 'tokens']] } as const;

const reshaping = casesOf('reshape', [
  {
    name: 'to one axis',
    inputs: [numbers(3, 5)],
    compute: (x) => reshape(x, [15]),
    dtypes: allTypes,
    ...first,
  },
  { name: 'to three axes', inputs: [numbers(12)], compute: (x) => reshape(x, [2, 3, 2]), ...first },
  { name: 'a size left open', inputs: [numbers(2, 3, 5)], compute: (x) => reshape(x, [5, -1]), ...first },
  { name: 'to a scalar', inputs: [numbers(1, 1)], compute: (x) => reshape(x, []) },
  { name: 'from a scalar', inputs: [numbers()], compute: (x) => reshape(x, [1, 1, 1]) },
  { name: 'nothing', inputs: [numbers(0, 3)], compute: (x) => reshape(x, [3, 2, 0]) },
  { name: 'new and removed axes', inputs: [numbers(3, 1, 5)], compute: (x) => expandDims(squeeze(x, 1), -1) },
  {
    name: 'symbolic axes joined',
    inputs: [numbers(3, 5, 2)],
    compute: (x) => reshape(x, [-1, 2]).mul(2),
    ...batchAndTokens,
    ...first,
  },
  {
    name: 'symbolic axes joined and parted',
    inputs: [numbers(3, 5, 4)],
    compute: (x) => {
      const rows = reshape(x, [-1, 4]).mul(2);
      const [batchSize, tokens] = x.shape as [Dimension, Dimension];
      return transpose(reshape(rows, [batchSize, tokens, 2, 2]), [0, 2, 1, 3]);
    },
    ...batchAndTokens,
    ...first,
  },
]);

const transposing = casesOf('transpose', [
  { name: 'a matrix', inputs: [numbers(3, 5)], compute: (x) => transpose(x), dtypes: allTypes, ...first },
  {
    name: 'three axes around',
    inputs: [numbers(2, 3, 5)],
    compute: (x) => transpose(x, [2, 0, 1]),
    ...first,
  },
  {
    name: 'heads and tokens',
    inputs: [numbers(2, 3, 2, 5)],
    compute: (x) => transpose(x, [0, 2, 1, 3]),
    ...first,
  },
  {
    name: 'five axes',
    inputs: [numbers(1, 2, 3, 2, 2)],
    compute: (x) => transpose(x, [4, 2, 0, 3, 1]),
    ...first,
  },
  {
    name: 'twice',
    inputs: [numbers(2, 3, 5)],
    compute: (x) => transpose(swapAxes(x, 0, 2), [1, 2, 0]),
    ...first,
  },
  { name: 'one axis', inputs: [numbers(3)], compute: (x) => transpose(x) },
  { name: 'a scalar', inputs: [numbers()], compute: (x) => transpose(x) },
  { name: 'nothing', inputs: [numbers(3, 0, 2)], compute: (x) => transpose(x) },
  {
    name: 'symbolic axes',
    inputs: [numbers(3, 5, 2)],
    compute: (x) => transpose(x, [1, 2, 0]),
    ...batchAndTokens,
    ...first,
  },
]);

const broadcasting = casesOf('broadcastTo', [
  { name: 'a row', inputs: [numbers(5)], compute: (x) => broadcastTo(x, [3, 5]), dtypes: allTypes, ...first },
  { name: 'a column', inputs: [numbers(3, 1)], compute: (x) => broadcastTo(x, [3, 5]), ...first },
  {
    name: 'a middle axis',
    inputs: [numbers(3, 1, 2)],
    compute: (x) => broadcastTo(x, [2, 3, 5, 2]),
    ...first,
  },
  { name: 'a scalar', inputs: [numbers()], compute: (x) => broadcastTo(x, [2, 3]), ...first },
  { name: 'to the same shape', inputs: [numbers(3)], compute: (x) => broadcastTo(x, [3]) },
  { name: 'to nothing', inputs: [numbers(1, 3)], compute: (x) => broadcastTo(x, [0, 3]) },
  {
    name: 'to a symbolic axis',
    inputs: [numbers(1, 3), numbers(5, 3)],
    compute: (x, y) => broadcastTo(x, [y.shape[0]!, 3]).mul(y),
    dynamic: [[], ['batch']],
    ...first,
  },
]);

/** Cuts one matrix of 5 × 7. */
const ranges: Readonly<Record<string, readonly SliceRange[]>> = {
  'the inside': [
    { start: 1, stop: 4 },
    { start: 2, stop: 5 },
  ],
  'from the end': [{ start: -2 }, { stop: -3 }],
  'beyond the end': [
    { start: 2, stop: 100 },
    { start: -100, stop: 3 },
  ],
  'every second': [{ step: 2 }, { start: 1, step: 2 }],
  'every third, some left over': [null, { start: 1, stop: 6, step: 3 }],
  'steps wider than the axis': [{ start: 1, step: 9 }, { step: 7 }],
  backwards: [{ step: -1 }, { step: -1 }],
  'backwards every second': [{ step: -2 }, { start: 5, step: -2 }],
  'backwards every third, bounded': [null, { start: -2, stop: 0, step: -3 }],
  'mixed directions': [
    { start: 3, stop: 0, step: -1 },
    { start: 1, stop: 6, step: 2 },
  ],
  'one row': [{ start: 3, stop: 4 }],
  nothing: [{ start: 3, stop: 3 }],
  'nothing backwards': [{ start: 1, stop: 4, step: -1 }],
};

const slicing: readonly OperationCase[] = casesOf('slice', [
  ...Object.entries(ranges).map(([name, range]) => ({
    name,
    inputs: [numbers(5, 7)],
    compute: (x: Tensor) => slice(x, range),
    ...first,
    ...(name === 'the inside' || name === 'backwards every second' ? { dtypes: allTypes } : {}),
  })),
  {
    name: 'of an empty axis',
    inputs: [numbers(0, 5)],
    compute: (x) => slice(x, [null, { start: 1, step: 2 }]),
  },
  { name: 'narrow', inputs: [numbers(2, 5, 3)], compute: (x) => narrow(x, 1, 2, 3), ...first },
  { name: 'flip', inputs: [numbers(3, 5)], compute: (x) => flip(x, 1), ...first },
  { name: 'flip both', inputs: [numbers(3, 5)], compute: (x) => flip(x, [0, 1]), ...first },
  {
    name: 'split into equal parts',
    inputs: [numbers(3, 6)],
    compute: (x) => {
      const [a, b, c] = split(x, 3, -1) as [Tensor, Tensor, Tensor];
      return [a.mul(b), c];
    },
    ...first,
  },
  {
    name: 'split into given sizes',
    inputs: [numbers(7, 2)],
    compute: (x) => split(x, [1, 0, 4, 2]).filter((part) => part.shape[0] !== 0),
    ...first,
  },
  {
    name: 'the start of a symbolic axis',
    inputs: [numbers(5, 3)],
    compute: (x) => slice(x, [{ stop: 2 }]),
    ...batch,
    ...first,
  },
  {
    name: 'the end of a symbolic axis',
    inputs: [numbers(5, 3)],
    compute: (x) => slice(x, [{ start: -2 }]),
    ...batch,
    ...first,
  },
  {
    name: 'a symbolic axis without its ends',
    inputs: [numbers(5, 3)],
    compute: (x) => slice(x, [{ start: 1, stop: -1 }, { step: 2 }]),
    ...batch,
    ...first,
  },
  {
    name: 'flip of a symbolic axis',
    inputs: [numbers(5, 3)],
    compute: (x) => flip(x, 0),
    ...batch,
    ...first,
  },
  {
    name: 'split of a doubled symbolic axis',
    inputs: [numbers(3, 2)],
    compute: (x) => {
      const [a, b] = split(concat([x, x.mul(3)]), 2) as [Tensor, Tensor];
      return b.mul(b).sub(a);
    },
    ...batch,
    ...first,
  },
]);

const padding = casesOf('pad', [
  {
    name: 'zeros on all sides',
    inputs: [numbers(3, 5)],
    compute: (x) =>
      pad(x, [
        [1, 2],
        [3, 0],
      ]),
    dtypes: allTypes,
    ...first,
  },
  {
    name: 'a value',
    inputs: [numbers(3, 2)],
    compute: (x) =>
      pad(
        x,
        [
          [0, 1],
          [2, 0],
        ],
        { value: -2.5 },
      ),
    ...first,
  },
  {
    name: '-Infinity',
    inputs: [numbers(3)],
    compute: (x) => pad(x, [[1, 1]], { value: Number.NEGATIVE_INFINITY }),
  },
  {
    name: 'nothing added',
    inputs: [numbers(3, 2)],
    compute: (x) =>
      pad(x, [
        [0, 0],
        [0, 0],
      ]),
  },
  {
    name: 'around nothing',
    inputs: [numbers(0, 2)],
    compute: (x) =>
      pad(
        x,
        [
          [2, 1],
          [0, 1],
        ],
        { value: 3 },
      ),
  },
  {
    name: 'four axes',
    inputs: [numbers(1, 2, 3, 2)],
    compute: (x) =>
      pad(x, [
        [0, 0],
        [0, 1],
        [1, 2],
        [2, 1],
      ]),
    ...first,
  },
  {
    name: 'reflect',
    inputs: [numbers(3, 5)],
    compute: (x) =>
      pad(
        x,
        [
          [2, 1],
          [1, 4],
        ],
        { mode: 'reflect' },
      ),
    ...first,
  },
  {
    name: 'reflect on one side',
    inputs: [numbers(5)],
    compute: (x) => pad(x, [[0, 2]], { mode: 'reflect' }),
    ...first,
  },
  {
    name: 'circular',
    inputs: [numbers(3, 5)],
    compute: (x) =>
      pad(
        x,
        [
          [3, 1],
          [0, 5],
        ],
        { mode: 'circular' },
      ),
    ...first,
  },
  {
    name: 'a symbolic axis',
    inputs: [numbers(3, 2)],
    compute: (x) =>
      pad(x, [
        [1, 2],
        [0, 1],
      ]),
    ...batch,
    ...first,
  },
  {
    name: 'circular on a symbolic axis',
    inputs: [numbers(5, 2)],
    compute: (x) =>
      pad(
        x,
        [
          [2, 1],
          [0, 0],
        ],
        { mode: 'circular' },
      ),
    ...batch,
    ...first,
  },
  {
    name: 'reflect on a symbolic axis',
    inputs: [numbers(5, 2)],
    compute: (x) =>
      pad(
        x,
        [
          [2, 1],
          [0, 0],
        ],
        { mode: 'reflect' },
      ),
    ...batch,
    ...first,
  },
]);

const joining = casesOf('concat', [
  {
    name: 'rows',
    inputs: [numbers(1, 3), numbers(2, 3), numbers(3, 3)],
    compute: (...parts) => concat(parts),
    dtypes: allTypes,
    ...first,
  },
  {
    name: 'the last axis',
    inputs: [numbers(2, 3, 1), numbers(2, 3, 5)],
    compute: (...parts) => concat(parts, -1),
    ...first,
  },
  {
    name: 'a middle axis',
    inputs: [numbers(2, 3, 2), numbers(2, 1, 2)],
    compute: (...parts) => concat(parts, 1),
    ...first,
  },
  { name: 'one', inputs: [numbers(3)], compute: (x) => concat([x]) },
  {
    name: 'with nothing',
    inputs: [numbers(2, 3), numbers(0, 3)],
    compute: (...parts) => concat(parts),
    ...first,
  },
  {
    name: 'nothing with nothing',
    inputs: [numbers(0, 3), numbers(0, 3)],
    compute: (...parts) => concat(parts),
  },
  { name: 'with itself', inputs: [numbers(2, 3)], compute: (x) => concat([x, x, x], 1), ...first },
  { name: 'stack', inputs: [numbers(2, 3), numbers(2, 3)], compute: (a, b) => stack([a, b], 1), ...first },
  { name: 'stack of scalars', inputs: [numbers(), numbers()], compute: (a, b) => stack([a, b]), ...first },
  {
    name: 'symbolic axes one after another',
    inputs: [numbers(3, 2), numbers(5, 2)],
    compute: (a, b) => concat([a, b, a]),
    dynamic: [['batch'], ['tokens']],
    ...first,
  },
  {
    name: 'beside a symbolic axis',
    inputs: [numbers(3, 2), numbers(3, 5)],
    compute: (a, b) => concat([a, b], 1),
    dynamic: [['batch'], ['batch']],
    ...first,
  },
]);

export const movement: readonly OperationCase[] = [
  ...reshaping,
  ...transposing,
  ...broadcasting,
  ...slicing,
  ...padding,
  ...joining,
];
