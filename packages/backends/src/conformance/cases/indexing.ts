import { gather, oneHot, scatterAdd, take, takeAdd } from '@softvq/core';
import { indices, indices64, literal, numbers } from '../inputs.js';
import { allTypes, casesOf, numericTypes, type OperationCase } from '../operation-case.js';

const first = { derivatives: 1 } as const;
const batch = { dynamic: [['batch'], ['batch']] } as const;

const taking = casesOf('take', [
  {
    name: 'rows',
    inputs: [numbers(5, 3), indices(5, 7)],
    compute: (x, index) => take(x, index),
    dtypes: allTypes,
    ...first,
  },
  {
    name: 'rows by int64',
    inputs: [numbers(5, 3), indices64(5, 7)],
    compute: (x, index) => take(x, index),
    ...first,
  },
  {
    name: 'a table of indices',
    inputs: [numbers(5, 3), indices(5, 2, 3)],
    compute: (x, index) => take(x, index),
    ...first,
  },
  {
    name: 'the last axis',
    inputs: [numbers(2, 5), indices(5, 3)],
    compute: (x, index) => take(x, index, -1),
    ...first,
  },
  {
    name: 'a middle axis',
    inputs: [numbers(2, 5, 3), indices(5, 2, 2)],
    compute: (x, index) => take(x, index, 1),
    ...first,
  },
  { name: 'one index', inputs: [numbers(5, 3), indices(5)], compute: (x, index) => take(x, index), ...first },
  {
    name: 'of a vector',
    inputs: [numbers(5), indices(5, 3)],
    compute: (x, index) => take(x, index),
    ...first,
  },
  { name: 'no indices', inputs: [numbers(5, 3), indices(5, 0)], compute: (x, index) => take(x, index) },
  { name: 'of empty rows', inputs: [numbers(5, 0), indices(5, 2)], compute: (x, index) => take(x, index) },
  {
    name: 'as many as a symbolic axis',
    inputs: [numbers(5, 3), indices(5, 4)],
    compute: (x, index) => take(x, index),
    dynamic: [[], ['batch']],
    ...first,
  },
  {
    name: 'of a symbolic axis',
    inputs: [numbers(2, 5, 3), indices(5, 4)],
    compute: (x, index) => take(x, index, 1),
    dynamic: [['batch', 'tokens'], ['kept']],
    ...first,
  },
]);

const adding = casesOf('takeAdd', [
  {
    name: 'rows',
    inputs: [numbers(5, 3), indices(5, 7), numbers(7, 3)],
    compute: (x, index, updates) => takeAdd(x, index, updates),
    dtypes: numericTypes,
    ...first,
  },
  {
    name: 'rows by int64',
    inputs: [numbers(5, 3), indices64(5, 7), numbers(7, 3)],
    compute: (x, index, updates) => takeAdd(x, index, updates),
    ...first,
  },
  {
    name: 'one row many times',
    inputs: [numbers(3, 2), literal([1, 1, 1, 1], { dtype: 'int32' }), numbers(4, 2)],
    compute: (x, index, updates) => takeAdd(x, index, updates),
    ...first,
  },
  {
    name: 'a table of indices along a middle axis',
    inputs: [numbers(2, 5, 3), indices(5, 2, 2), numbers(2, 2, 2, 3)],
    compute: (x, index, updates) => takeAdd(x, index, updates, 1),
    ...first,
  },
  {
    name: 'one index',
    inputs: [numbers(5, 3), indices(5), numbers(3)],
    compute: (x, index, updates) => takeAdd(x, index, updates),
    ...first,
  },
  {
    name: 'no indices',
    inputs: [numbers(5, 3), indices(5, 0), numbers(0, 3)],
    compute: (x, index, updates) => takeAdd(x, index, updates),
  },
  {
    name: 'as many as a symbolic axis',
    inputs: [numbers(5, 3), indices(5, 4), numbers(4, 3)],
    compute: (x, index, updates) => takeAdd(x, index, updates),
    dynamic: [[], ['batch'], ['batch']],
    ...first,
  },
]);

const gathering = casesOf('gather', [
  {
    name: 'the last axis',
    inputs: [numbers(3, 5), indices(5, 3, 7)],
    compute: (x, index) => gather(x, 1, index),
    dtypes: allTypes,
    ...first,
  },
  {
    name: 'by int64',
    inputs: [numbers(3, 5), indices64(5, 3, 2)],
    compute: (x, index) => gather(x, 1, index),
    ...first,
  },
  {
    name: 'the first axis',
    inputs: [numbers(5, 3), indices(5, 2, 3)],
    compute: (x, index) => gather(x, 0, index),
    ...first,
  },
  {
    name: 'a middle axis',
    inputs: [numbers(2, 5, 3), indices(5, 2, 4, 3)],
    compute: (x, index) => gather(x, 1, index),
    ...first,
  },
  {
    name: 'of a vector',
    inputs: [numbers(5), indices(5, 3)],
    compute: (x, index) => gather(x, 0, index),
    ...first,
  },
  {
    name: 'no indices',
    inputs: [numbers(3, 5), indices(5, 3, 0)],
    compute: (x, index) => gather(x, 1, index),
  },
  {
    name: 'symbolic rows',
    inputs: [numbers(3, 5), indices(5, 3, 2)],
    compute: (x, index) => gather(x, 1, index),
    ...batch,
    ...first,
  },
  {
    name: 'one hot',
    inputs: [literal([0, 2, -1, 5, 1], { dtype: 'int32' })],
    compute: (index) => oneHot(index, 3),
    expected: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0],
  },
]);

const scattering = casesOf('scatterAdd', [
  {
    name: 'the last axis',
    inputs: [numbers(3, 5), indices(5, 3, 7), numbers(3, 7)],
    compute: (x, index, updates) => scatterAdd(x, 1, index, updates),
    dtypes: numericTypes,
    ...first,
  },
  {
    name: 'by int64',
    inputs: [numbers(3, 5), indices64(5, 3, 7), numbers(3, 7)],
    compute: (x, index, updates) => scatterAdd(x, 1, index, updates),
    ...first,
  },
  {
    name: 'the first axis',
    inputs: [numbers(2, 3), indices(2, 5, 3), numbers(5, 3)],
    compute: (x, index, updates) => scatterAdd(x, 0, index, updates),
    ...first,
  },
  {
    name: 'a middle axis',
    inputs: [numbers(2, 3, 2), indices(3, 2, 5, 2), numbers(2, 5, 2)],
    compute: (x, index, updates) => scatterAdd(x, 1, index, updates),
    ...first,
  },
  {
    name: 'one element many times',
    inputs: [numbers(3), literal([2, 2, 2, 2, 2], { dtype: 'int32' }), numbers(5)],
    compute: (x, index, updates) => scatterAdd(x, 0, index, updates),
    ...first,
  },
  {
    name: 'no indices',
    inputs: [numbers(3, 5), indices(5, 3, 0), numbers(3, 0)],
    compute: (x, index, updates) => scatterAdd(x, 1, index, updates),
  },
  {
    name: 'symbolic rows',
    inputs: [numbers(3, 5), indices(5, 3, 7), numbers(3, 7)],
    compute: (x, index, updates) => scatterAdd(x, 1, index, updates),
    dynamic: [['batch'], ['batch'], ['batch']],
    ...first,
  },
]);

export const indexing: readonly OperationCase[] = [...taking, ...adding, ...gathering, ...scattering];
