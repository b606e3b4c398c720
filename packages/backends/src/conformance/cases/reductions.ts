import {
  type Axes,
  argmax,
  argmin,
  cumsum,
  type DType,
  max,
  mean,
  min,
  norm,
  type OperationName,
  prod,
  type ReduceOptions,
  sum,
  type Tensor,
  topK,
  variance,
} from '@softvq/core';
import { between, distinct, fewValues, type InputSpec, literal, numbers, positive } from '../inputs.js';
import { casesOf, floatingTypes, numericTypes, type OperationCase, signedTypes } from '../operation-case.js';

interface ReductionOptions {
  readonly from?: (...shape: number[]) => InputSpec;
  readonly dtypes: readonly DType[];
  readonly derivatives: 1 | 2;
  /** Whether it has a value for no elements. */
  readonly ofNothing: boolean;
}

function reductionCases(
  operation: OperationName,
  reduce: (x: Tensor, axes?: Axes, options?: ReduceOptions) => Tensor,
  { from = numbers, dtypes, derivatives, ofNothing }: ReductionOptions,
): OperationCase[] {
  const keepDims = { keepDims: true };
  const first = { derivatives: 1 as const };
  return casesOf(operation, [
    { name: 'all axes', inputs: [from(3, 5)], compute: (x) => reduce(x), dtypes, derivatives },
    {
      name: 'all axes, kept',
      inputs: [from(3, 5)],
      compute: (x) => reduce(x, undefined, keepDims),
      ...first,
    },
    { name: 'the first axis', inputs: [from(3, 5, 2)], compute: (x) => reduce(x, 0), dtypes, ...first },
    { name: 'the last axis', inputs: [from(3, 5, 2)], compute: (x) => reduce(x, -1), ...first },
    { name: 'the last axis, kept', inputs: [from(3, 7)], compute: (x) => reduce(x, -1, keepDims), ...first },
    {
      name: 'a middle axis, kept',
      inputs: [from(3, 5, 2)],
      compute: (x) => reduce(x, 1, keepDims),
      ...first,
    },
    { name: 'two outer axes', inputs: [from(3, 5, 2)], compute: (x) => reduce(x, [0, 2]), dtypes, ...first },
    {
      name: 'two axes, kept',
      inputs: [from(2, 3, 2, 2)],
      compute: (x) => reduce(x, [1, 3], keepDims),
      ...first,
    },
    { name: 'no axes', inputs: [from(3)], compute: (x) => reduce(x, []) },
    { name: 'an axis of size 1', inputs: [from(3, 1)], compute: (x) => reduce(x, 1) },
    { name: 'a scalar', inputs: [from()], compute: (x) => reduce(x) },
    { name: 'beside an empty axis', inputs: [from(0, 3)], compute: (x) => reduce(x, 1) },
    ...(ofNothing
      ? [
          { name: 'of nothing', inputs: [from(0, 3)], compute: (x: Tensor) => reduce(x, 0), dtypes },
          { name: 'of nothing at all', inputs: [from(3, 0)], compute: (x: Tensor) => reduce(x) },
        ]
      : []),
    {
      name: 'a symbolic axis',
      inputs: [from(5, 3)],
      compute: (x) => reduce(x, 0),
      dynamic: [['batch']],
      ...first,
    },
    {
      name: 'beside a symbolic axis',
      inputs: [from(5, 3)],
      compute: (x) => reduce(x, 1, keepDims),
      dynamic: [['batch']],
      ...first,
    },
  ]);
}

const summable = signedTypes;
/** Products of many stay in the range of every type. */
const nearOne = (...shape: number[]) => between(0.6, 1.1, ...shape);

const totals: readonly OperationCase[] = [
  ...reductionCases('sum', sum, { dtypes: summable, derivatives: 1, ofNothing: true }),
  ...reductionCases('mean', mean, { dtypes: floatingTypes, derivatives: 1, ofNothing: false }),
  ...reductionCases('prod', prod, { from: nearOne, dtypes: summable, derivatives: 2, ofNothing: true }),
  ...reductionCases('max', max, { from: distinct, dtypes: numericTypes, derivatives: 1, ofNothing: false }),
  ...reductionCases('min', min, { from: distinct, dtypes: numericTypes, derivatives: 1, ofNothing: false }),
];

const corners: readonly OperationCase[] = [
  ...casesOf('sum', [
    { name: 'many elements', inputs: [positive(3, 1009)], compute: (x) => sum(x, 1) },
    { name: 'norm', inputs: [numbers(3, 5)], compute: (x) => norm(x, 1), derivatives: 1 },
  ]),
  ...casesOf('mean', [
    { name: 'variance', inputs: [numbers(3, 5)], compute: (x) => variance(x, 1), derivatives: 2 },
    {
      name: 'variance of a symbolic axis',
      inputs: [numbers(5, 3)],
      compute: (x) => variance(x, 0, { keepDims: true }),
      dynamic: [['batch']],
      derivatives: 1,
    },
    {
      name: 'over two symbolic axes',
      inputs: [numbers(3, 5)],
      compute: (x) => mean(x),
      dynamic: [['batch', 'tokens']],
      derivatives: 1,
    },
  ]),
  ...casesOf('prod', [
    { name: 'with one 0', inputs: [literal([2, 0, 3, -1])], compute: (x) => prod(x), derivatives: 1 },
    { name: 'with two 0', inputs: [literal([2, 0, 3, 0])], compute: (x) => prod(x), derivatives: 1 },
    {
      name: 'rows with and without 0',
      inputs: [literal([1, 2, 3, 0, 2, 3, 0, 0, 3], { shape: [3, 3] })],
      compute: (x) => prod(x, 1),
      expected: [6, 0, 0],
      derivatives: 1,
    },
  ]),
  ...casesOf('max', [
    {
      name: 'ties share the gradient',
      inputs: [literal([1, 3, 3, 2, 2, 2], { shape: [2, 3] })],
      compute: (x) => max(x, 1),
      expectedGradients: [[0, 0.5, 0.5, 1 / 3, 1 / 3, 1 / 3]],
    },
    { name: 'all negative', inputs: [literal([-5, -2, -9])], compute: (x) => max(x), dtypes: signedTypes },
  ]),
  ...casesOf('min', [
    {
      name: 'ties share the gradient',
      inputs: [literal([1, 1, 3, 2, 2, 2], { shape: [2, 3] })],
      compute: (x) => min(x, 1),
      expectedGradients: [[0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3]],
    },
  ]),
];

function positionCases(
  operation: 'argmax' | 'argmin',
  position: (x: Tensor, axis?: number) => Tensor,
): OperationCase[] {
  const compute = (axis: number) => (x: Tensor) => position(x, axis);
  const alsoUses: readonly DType[] = ['int32'];
  return casesOf(operation, [
    { name: 'the last axis', inputs: [distinct(3, 7)], compute: compute(-1), alsoUses, dtypes: numericTypes },
    { name: 'the first axis', inputs: [distinct(3, 5, 2)], compute: compute(0), alsoUses },
    { name: 'a middle axis', inputs: [distinct(3, 5, 2)], compute: compute(1), alsoUses },
    { name: 'ties', inputs: [fewValues(5, 7)], compute: compute(1), alsoUses, dtypes: numericTypes },
    { name: 'ties along the first axis', inputs: [fewValues(7, 5)], compute: compute(0), alsoUses },
    { name: 'an axis of size 1', inputs: [distinct(3, 1)], compute: compute(1), alsoUses },
    { name: 'beside an empty axis', inputs: [distinct(0, 3)], compute: compute(1), alsoUses },
    {
      name: 'a symbolic axis',
      inputs: [distinct(5, 3)],
      compute: compute(0),
      alsoUses,
      dynamic: [['batch']],
    },
  ]);
}

const runningSums: readonly OperationCase[] = casesOf('cumsum', [
  ...[false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) => [
      {
        name: `${exclusive ? 'exclusive' : 'inclusive'}${reverse ? ', reverse' : ''}`,
        inputs: [numbers(3, 5)],
        compute: (x: Tensor) => cumsum(x, 1, { exclusive, reverse }),
        dtypes: summable,
        derivatives: 1 as const,
      },
      {
        name: `${exclusive ? 'exclusive' : 'inclusive'}${reverse ? ', reverse' : ''}, the first axis`,
        inputs: [numbers(3, 2, 2)],
        compute: (x: Tensor) => cumsum(x, 0, { exclusive, reverse }),
        derivatives: 1 as const,
      },
    ]),
  ),
  { name: 'one element', inputs: [numbers(1)], compute: (x) => cumsum(x, 0, { exclusive: true }) },
  { name: 'empty', inputs: [numbers(0, 3)], compute: (x) => cumsum(x, 0) },
  {
    name: 'a symbolic axis',
    inputs: [numbers(5, 2)],
    compute: (x) => cumsum(x, 0, { exclusive: true, reverse: true }),
    dynamic: [['batch']],
    derivatives: 1,
  },
]);

const ranked: readonly OperationCase[] = casesOf('topKIndices', [
  ...[true, false].flatMap((largest) => {
    const name = largest ? 'largest' : 'smallest';
    const of = (k: number, axis: number) => (x: Tensor) => {
      const { values, indices } = topK(x, k, { axis, largest });
      return [values, indices];
    };
    const alsoUses: readonly DType[] = ['int32'];
    return [
      {
        name,
        inputs: [distinct(3, 7)],
        compute: of(3, -1),
        alsoUses,
        dtypes: numericTypes,
        derivatives: 1 as const,
      },
      {
        name: `${name}, the first axis`,
        inputs: [distinct(5, 2, 2)],
        compute: of(2, 0),
        alsoUses,
        derivatives: 1 as const,
      },
      { name: `${name}, ties`, inputs: [fewValues(3, 7)], compute: of(5, 1), alsoUses, dtypes: numericTypes },
      { name: `${name}, all of them`, inputs: [fewValues(7)], compute: of(7, 0), alsoUses },
      { name: `${name}, one`, inputs: [distinct(3, 5)], compute: of(1, 1), alsoUses },
      { name: `${name}, none`, inputs: [distinct(3, 5)], compute: of(0, 1), alsoUses },
      {
        name: `${name}, symbolic rows`,
        inputs: [distinct(3, 5)],
        compute: of(2, 1),
        alsoUses,
        dynamic: [['batch']],
      },
    ];
  }),
]);

export const reductions: readonly OperationCase[] = [
  ...totals,
  ...corners,
  ...positionCases('argmax', argmax),
  ...positionCases('argmin', argmin),
  ...runningSums,
  ...ranked,
];
