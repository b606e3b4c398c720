import { linear, scaledDotProductAttention, type Tensor } from '@softvq/core';
import { literal, numbers } from '../inputs.js';
import { casesOf, floatingTypes, type OperationCase } from '../operation-case.js';

const first = { derivatives: 1 } as const;

const attend = (query: Tensor, key: Tensor, value: Tensor) => scaledDotProductAttention(query, key, value);
const attendMasked = (query: Tensor, key: Tensor, value: Tensor, mask: Tensor) =>
  scaledDotProductAttention(query, key, value, { mask });

const attentionCases = casesOf('scaledDotProductAttention', [
  {
    name: 'heads',
    inputs: [numbers(2, 3, 5, 4), numbers(2, 3, 7, 4), numbers(2, 3, 7, 2)],
    compute: attend,
    dtypes: floatingTypes,
  },
  {
    name: 'small',
    inputs: [numbers(2, 3, 4), numbers(2, 5, 4), numbers(2, 5, 2)],
    compute: attend,
    derivatives: 2,
  },
  { name: 'no batch', inputs: [numbers(3, 4), numbers(5, 4), numbers(5, 2)], compute: attend, ...first },
  {
    name: 'a scale',
    inputs: [numbers(3, 4), numbers(5, 4), numbers(5, 2)],
    compute: (query, key, value) => scaledDotProductAttention(query, key, value, { scale: 0.7 }),
    ...first,
  },
  {
    name: 'one key for all heads',
    inputs: [numbers(2, 3, 3, 4), numbers(2, 1, 5, 4), numbers(5, 2)],
    compute: attend,
    ...first,
  },
  {
    name: 'a mask',
    inputs: [numbers(2, 3, 4), numbers(2, 5, 4), numbers(2, 5, 2), numbers(3, 5)],
    compute: attendMasked,
    ...first,
  },
  {
    name: 'a mask of each head',
    inputs: [numbers(2, 2, 3, 4), numbers(2, 2, 3, 4), numbers(2, 2, 3, 4), numbers(2, 1, 3)],
    compute: attendMasked,
    ...first,
  },
  {
    name: 'a mask that forbids',
    inputs: [
      numbers(2, 3, 4),
      numbers(2, 3, 4),
      numbers(2, 3, 2),
      literal([0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0], { shape: [3, 3] }),
    ],
    compute: attendMasked,
  },
  {
    name: 'one query',
    inputs: [numbers(2, 1, 4), numbers(2, 5, 4), numbers(2, 5, 3)],
    compute: attend,
    ...first,
  },
  { name: 'no queries', inputs: [numbers(2, 0, 4), numbers(2, 5, 4), numbers(2, 5, 3)], compute: attend },
  {
    name: 'symbolic batch and tokens',
    inputs: [numbers(2, 2, 3, 4), numbers(2, 2, 5, 4), numbers(2, 2, 5, 3)],
    compute: attend,
    dynamic: [
      ['batch', null, 'queries'],
      ['batch', null, 'keys'],
      ['batch', null, 'keys'],
    ],
    ...first,
  },
]);

const linearCases = casesOf('linear', [
  {
    name: 'bias',
    inputs: [numbers(3, 5), numbers(2, 5), numbers(2)],
    compute: linear,
    dtypes: floatingTypes,
    ...first,
  },
  {
    name: 'no bias',
    inputs: [numbers(3, 5), numbers(2, 5)],
    compute: (x, weight) => linear(x, weight),
    derivatives: 2,
  },
  { name: 'tokens', inputs: [numbers(2, 3, 5), numbers(7, 5), numbers(7)], compute: linear, ...first },
  {
    name: 'four axes',
    inputs: [numbers(2, 1, 3, 2), numbers(3, 2)],
    compute: (x, weight) => linear(x, weight),
    ...first,
  },
  { name: 'one row', inputs: [numbers(5), numbers(3, 5), numbers(3)], compute: linear, ...first },
  { name: 'to one number', inputs: [numbers(3, 5), numbers(1, 5), numbers(1)], compute: linear, ...first },
  { name: 'no rows', inputs: [numbers(0, 5), numbers(3, 5), numbers(3)], compute: linear },
  {
    name: 'symbolic batch and tokens',
    inputs: [numbers(2, 3, 5), numbers(2, 5), numbers(2)],
    compute: linear,
    dynamic: [['batch', 'tokens']],
    ...first,
  },
]);

export const attention: readonly OperationCase[] = [...attentionCases, ...linearCases];
