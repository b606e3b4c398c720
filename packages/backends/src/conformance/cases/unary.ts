import {
  abs,
  cast,
  ceil,
  cos,
  type DType,
  erf,
  exp,
  floor,
  identity,
  log,
  logicalNot,
  neg,
  type OperationName,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sqrt,
  stopGradient,
  type Tensor,
  tanh,
} from '@softvq/core';
import {
  awayFromZero,
  betweenJumps,
  booleans,
  fewValues,
  type InputSpec,
  literal,
  numbers,
  positive,
} from '../inputs.js';
import { allTypes, casesOf, floatingTypes, type OperationCase, signedTypes } from '../operation-case.js';

interface UnaryOptions {
  /** Makes inputs for which the function has a value and a derivative. */
  readonly from?: (...shape: number[]) => InputSpec;
  readonly dtypes?: readonly DType[];
  readonly derivatives?: 1 | 2;
}

/** The shapes that every function of single elements must take. */
function unaryCases(
  operation: OperationName,
  compute: (x: Tensor) => Tensor,
  { from = numbers, dtypes = floatingTypes, derivatives = 2 }: UnaryOptions = {},
): OperationCase[] {
  return casesOf(operation, [
    { name: 'matrix', inputs: [from(3, 7)], compute, dtypes, derivatives },
    { name: 'scalar', inputs: [from()], compute },
    { name: 'one element', inputs: [from(1, 1)], compute },
    { name: 'empty', inputs: [from(0, 3)], compute },
    { name: 'four axes', inputs: [from(2, 1, 3, 5)], compute },
    { name: 'symbolic axis', inputs: [from(3, 5)], compute, dynamic: [['batch']] },
  ]);
}

const largest = [-1e4, -100, -30, 30, 100, 1e4];

/** Where a careless formula overflows, or where a halfway case must go one way. */
const corners: readonly OperationCase[] = [
  ...casesOf('sigmoid', [
    { name: 'far from 0', inputs: [literal(largest)], compute: sigmoid },
    { name: 'small results', inputs: [literal([-80, -50, -20])], compute: sigmoid },
  ]),
  ...casesOf('tanh', [{ name: 'far from 0', inputs: [literal(largest)], compute: tanh }]),
  ...casesOf('erf', [
    {
      name: 'known values',
      inputs: [literal([0, 0.5, 1, -1, 2, 3.5])],
      compute: erf,
      expected: [
        0, 0.5204998778130465, 0.8427007929497149, -0.8427007929497149, 0.9953222650189527,
        0.9999992569016276,
      ],
    },
    { name: 'far from 0', inputs: [literal(largest)], compute: erf, expected: [-1, -1, -1, 1, 1, 1] },
  ]),
  ...casesOf('round', [
    {
      name: 'halves go to the even neighbour',
      inputs: [literal([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5])],
      compute: round,
      dtypes: floatingTypes,
      expected: [-2, -2, 0, 0, 2, 2, 4, 4],
    },
  ]),
  ...casesOf('floor', [
    { name: 'whole numbers stay', inputs: [literal([-2, 0, 3])], compute: floor, expected: [-2, 0, 3] },
  ]),
  ...casesOf('ceil', [
    { name: 'whole numbers stay', inputs: [literal([-2, 0, 3])], compute: ceil, expected: [-2, 0, 3] },
  ]),
  ...casesOf('sign', [
    { name: 'of 0', inputs: [literal([-3, 0, 5])], compute: sign, dtypes: signedTypes, expected: [-1, 0, 1] },
  ]),
  ...casesOf('abs', [
    { name: 'at its kink', inputs: [literal([-2, 0, 2])], compute: abs, expectedGradients: [[-1, 0, 1]] },
  ]),
];

const logic = casesOf('logicalNot', [
  { name: 'matrix', inputs: [booleans(3, 5)], compute: logicalNot },
  { name: 'scalar', inputs: [booleans()], compute: logicalNot },
  { name: 'empty', inputs: [booleans(0)], compute: logicalNot },
]);

/** Numbers that every element type can hold, with fractions where the source has them. */
function castCases(): OperationCase[] {
  const sourcesOf = (from: DType, to: DType): number[] => {
    if (from === 'bool') return [0, 1, 1, 0];
    const positiveOnly = from === 'uint8' || to === 'uint8';
    const fractions = from.startsWith('float') ? [0.5, 0.999, 1.5, 2.75] : [];
    return [0, 1, 2, 100, ...fractions, ...(positiveOnly ? [] : [...fractions, 3, 7].map((each) => -each))];
  };
  return casesOf(
    'cast',
    allTypes.flatMap((from) =>
      allTypes.map((to) => ({
        name: `${from} to ${to}`,
        inputs: [literal(sourcesOf(from, to), { dtype: from })],
        compute: (x: Tensor) => cast(x, to),
        alsoUses: [to],
      })),
    ),
  );
}

const moreCasts = casesOf('cast', [
  {
    name: 'there and back',
    inputs: [numbers(3, 5)],
    compute: (x) => cast(cast(x, x.dtype === 'float64' ? 'float32' : 'float64').mul(2), x.dtype),
    alsoUses: ['float64'],
    derivatives: 1,
  },
  { name: 'empty', inputs: [numbers(0, 3)], compute: (x) => cast(x, 'int32'), alsoUses: ['int32'] },
  {
    name: 'int64 beyond float32',
    inputs: [literal([2 ** 24 + 1, -(2 ** 30) - 1], { dtype: 'int64' })],
    compute: (x) => cast(x, 'int32'),
    alsoUses: ['int32'],
    expected: [2 ** 24 + 1, -(2 ** 30) - 1],
  },
  {
    name: 'a whole number stops the gradient',
    inputs: [numbers(5)],
    compute: (x) => cast(cast(x, 'int32'), x.dtype).mul(x),
    alsoUses: ['int32'],
    derivatives: 1,
  },
]);

const markers: readonly OperationCase[] = [
  ...casesOf('stopGradient', [
    { name: 'matrix', inputs: [numbers(3, 5)], compute: stopGradient, dtypes: allTypes },
    {
      name: 'beside another use',
      inputs: [literal([1, 2, 3])],
      compute: (x) => x.mul(stopGradient(x)),
      expectedGradients: [[1, 2, 3]],
    },
    {
      name: 'is flat',
      inputs: [numbers(3), numbers(3)],
      compute: (x, y) => x.mul(2).add(stopGradient(y.mul(0))),
      derivatives: 1,
    },
  ]),
  ...casesOf('identity', [
    { name: 'matrix', inputs: [numbers(3, 5)], compute: identity, dtypes: allTypes, derivatives: 1 },
  ]),
];

export const unary: readonly OperationCase[] = [
  ...unaryCases('neg', neg, { dtypes: signedTypes }),
  ...unaryCases('abs', abs, { from: awayFromZero, dtypes: signedTypes }),
  ...unaryCases('sign', sign, { from: awayFromZero, dtypes: signedTypes, derivatives: 1 }),
  ...unaryCases('exp', exp),
  ...unaryCases('log', log, { from: positive }),
  ...unaryCases('sqrt', sqrt, { from: positive }),
  ...unaryCases('rsqrt', rsqrt, { from: positive }),
  ...unaryCases('sin', sin),
  ...unaryCases('cos', cos),
  ...unaryCases('tanh', tanh),
  ...unaryCases('erf', erf),
  ...unaryCases('sigmoid', sigmoid),
  ...unaryCases('floor', floor, { from: betweenJumps, derivatives: 1 }),
  ...unaryCases('ceil', ceil, { from: betweenJumps, derivatives: 1 }),
  ...unaryCases('round', round, { from: betweenJumps, derivatives: 1 }),
  ...casesOf('sign', [{ name: 'few values', inputs: [fewValues(3, 5)], compute: sign, dtypes: signedTypes }]),
  ...corners,
  ...logic,
  ...castCases(),
  ...moreCasts,
  ...markers,
];
