import { einsum, matmul, type Tensor } from '@softvq/core';
import { literal, numbers } from '../inputs.js';
import { casesOf, floatingTypes, type OperationCase } from '../operation-case.js';

const first = { derivatives: 1 } as const;

/** All four ways to read the operands, and batches that broadcast against each other. */
const transposed: readonly OperationCase[] = casesOf(
  'matmul',
  [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) => {
      const flags = { transposeA, transposeB };
      const name = `${transposeA ? 'Aᵀ' : 'A'}${transposeB ? 'Bᵀ' : 'B'}`;
      const left = (...batch: number[]) => numbers(...batch, ...(transposeA ? [5, 3] : [3, 5]));
      const right = (...batch: number[]) => numbers(...batch, ...(transposeB ? [2, 5] : [5, 2]));
      const compute = (a: Tensor, b: Tensor) => matmul(a, b, flags);
      return [
        { name, inputs: [left(), right()], compute, dtypes: floatingTypes, derivatives: 2 as const },
        { name: `${name}, batches`, inputs: [left(2), right(2)], compute, dtypes: floatingTypes, ...first },
        { name: `${name}, one left for all`, inputs: [left(), right(3)], compute, ...first },
        { name: `${name}, one right for all`, inputs: [left(3), right()], compute, ...first },
        { name: `${name}, batches broadcast`, inputs: [left(2, 1), right(1, 3)], compute, ...first },
        { name: `${name}, longer batch on the left`, inputs: [left(2, 2), right(2)], compute, ...first },
        {
          name: `${name}, symbolic batch`,
          inputs: [left(3), right(3)],
          compute,
          dynamic: [['batch'], ['batch']],
          ...first,
        },
        {
          name: `${name}, symbolic batch on the left`,
          inputs: [left(3), right()],
          compute,
          dynamic: [['batch']],
          ...first,
        },
      ];
    }),
  ),
);

const shapes: readonly OperationCase[] = casesOf('matmul', [
  { name: 'one row', inputs: [numbers(1, 7), numbers(7, 5)], compute: (a, b) => matmul(a, b), ...first },
  { name: 'one column', inputs: [numbers(3, 7), numbers(7, 1)], compute: (a, b) => matmul(a, b), ...first },
  { name: 'one number', inputs: [numbers(1, 1), numbers(1, 1)], compute: (a, b) => matmul(a, b), ...first },
  {
    name: 'outer product',
    inputs: [numbers(3, 1), numbers(1, 5)],
    compute: (a, b) => matmul(a, b),
    ...first,
  },
  {
    name: 'inner size 0',
    inputs: [numbers(2, 0), numbers(0, 3)],
    compute: (a, b) => matmul(a, b),
    expected: [0, 0, 0, 0, 0, 0],
  },
  {
    name: 'inner size 0, batches',
    inputs: [numbers(2, 3, 0), numbers(0, 2)],
    compute: (a, b) => matmul(a, b),
  },
  { name: 'no rows', inputs: [numbers(0, 3), numbers(3, 5)], compute: (a, b) => matmul(a, b) },
  { name: 'no columns', inputs: [numbers(2, 3), numbers(3, 0)], compute: (a, b) => matmul(a, b, {}) },
  { name: 'no batch', inputs: [numbers(0, 2, 3), numbers(3, 5)], compute: (a, b) => matmul(a, b) },
  {
    name: 'no batch, transposed',
    inputs: [numbers(0, 2, 3), numbers(5, 3)],
    compute: (a, b) => matmul(a, b, { transposeB: true }),
  },
  {
    name: 'with itself',
    inputs: [numbers(3, 5)],
    compute: (x) => matmul(x, x, { transposeB: true }),
    derivatives: 2,
  },
  { name: 'larger', inputs: [numbers(37, 41), numbers(41, 43)], compute: (a, b) => matmul(a, b) },
  {
    name: 'known values',
    inputs: [literal([1, 2, 3, 4], { shape: [2, 2] }), literal([5, 6, 7, 8], { shape: [2, 2] })],
    compute: (a, b) => matmul(a, b),
    expected: [19, 22, 43, 50],
  },
  {
    name: 'symbolic rows, columns and inner size',
    inputs: [numbers(3, 5), numbers(5, 2)],
    compute: (a, b) => matmul(a, b),
    dynamic: [
      ['rows', 'inner'],
      ['inner', 'columns'],
    ],
    ...first,
  },
]);

const equations: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'ij,jk->ik': [
    [2, 3],
    [3, 5],
  ],
  'ij,kj->ik': [
    [2, 3],
    [5, 3],
  ],
  'bhqd,bhkd->bhqk': [
    [2, 3, 2, 5],
    [2, 3, 7, 5],
  ],
  'bij,jk->bik': [
    [2, 3, 5],
    [5, 2],
  ],
  'i,j->ij': [[3], [5]],
  'i,i->': [[7], [7]],
  'ij->ji': [[3, 5]],
  'ij->': [[3, 5]],
  'ijk->kj': [[2, 3, 5]],
  'ij,ij->i': [
    [3, 5],
    [3, 5],
  ],
  'bnc,kc->bkn': [
    [2, 3, 5],
    [7, 5],
  ],
  'ij,jk,kl->il': [
    [2, 3],
    [3, 2],
    [2, 5],
  ],
  'ab,cd->ac': [
    [2, 3],
    [2, 2],
  ],
};

const einsums: readonly OperationCase[] = casesOf(
  'matmul',
  Object.entries(equations).map(([equation, operands]) => ({
    name: `einsum ${equation}`,
    inputs: operands.map((shape) => numbers(...shape)),
    compute: (...tensors: Tensor[]) => einsum(equation, ...tensors),
    ...first,
  })),
);

export const products: readonly OperationCase[] = [...transposed, ...shapes, ...einsums];
