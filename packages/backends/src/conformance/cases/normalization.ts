import { batchNorm, groupNorm, layerNorm, rmsNorm } from '@softvq/core';
import { literal, numbers, positive } from '../inputs.js';
import { casesOf, floatingTypes, type OperationCase } from '../operation-case.js';

const first = { derivatives: 1 } as const;

const layer = casesOf('layerNorm', [
  {
    name: 'weight and bias',
    inputs: [numbers(3, 7), positive(7), numbers(7)],
    compute: (x, weight, bias) => layerNorm(x, { weight, bias }),
    dtypes: floatingTypes,
    ...first,
  },
  {
    name: 'plain',
    inputs: [numbers(2, 3, 5)],
    compute: (x) => layerNorm(x),
    dtypes: floatingTypes,
    derivatives: 2,
  },
  {
    name: 'weight',
    inputs: [numbers(3, 5), positive(5)],
    compute: (x, weight) => layerNorm(x, { weight }),
    derivatives: 2,
  },
  {
    name: 'bias',
    inputs: [numbers(3, 5), numbers(5)],
    compute: (x, bias) => layerNorm(x, { bias }),
    ...first,
  },
  { name: 'one row', inputs: [numbers(7)], compute: (x) => layerNorm(x, { epsilon: 1e-2 }), ...first },
  {
    name: 'a large epsilon',
    inputs: [numbers(3, 5)],
    compute: (x) => layerNorm(x, { epsilon: 1 }),
    ...first,
  },
  { name: 'one element a row', inputs: [numbers(3, 1)], compute: (x) => layerNorm(x), expected: [0, 0, 0] },
  {
    name: 'all equal',
    inputs: [literal([2, 2, 2, 2])],
    compute: (x) => layerNorm(x),
    expected: [0, 0, 0, 0],
  },
  { name: 'no rows', inputs: [numbers(0, 5), positive(5)], compute: (x, weight) => layerNorm(x, { weight }) },
  {
    name: 'symbolic rows',
    inputs: [numbers(2, 3, 5), positive(5), numbers(5)],
    compute: (x, weight, bias) => layerNorm(x, { weight, bias }),
    dynamic: [['batch', 'tokens']],
    ...first,
  },
]);

const rootMeanSquare = casesOf('rmsNorm', [
  {
    name: 'weight',
    inputs: [numbers(3, 7), positive(7)],
    compute: (x, weight) => rmsNorm(x, { weight }),
    dtypes: floatingTypes,
    ...first,
  },
  { name: 'plain', inputs: [numbers(2, 3, 5)], compute: (x) => rmsNorm(x), derivatives: 2 },
  { name: 'a large epsilon', inputs: [numbers(3, 5)], compute: (x) => rmsNorm(x, { epsilon: 1 }), ...first },
  { name: 'no rows', inputs: [numbers(0, 5)], compute: (x) => rmsNorm(x) },
  {
    name: 'symbolic rows',
    inputs: [numbers(3, 5), positive(5)],
    compute: (x, weight) => rmsNorm(x, { weight }),
    dynamic: [['batch']],
    ...first,
  },
]);

const group = casesOf('groupNorm', [
  {
    name: 'weight and bias',
    inputs: [numbers(2, 4, 3, 2), positive(4), numbers(4)],
    compute: (x, weight, bias) => groupNorm(x, 2, { weight, bias }),
    dtypes: floatingTypes,
    ...first,
  },
  { name: 'one group', inputs: [numbers(2, 3, 2, 2)], compute: (x) => groupNorm(x, 1), ...first },
  {
    name: 'a group for each channel',
    inputs: [numbers(2, 3, 2, 2)],
    compute: (x) => groupNorm(x, 3),
    ...first,
  },
  { name: 'without space', inputs: [numbers(3, 6)], compute: (x) => groupNorm(x, 2), derivatives: 2 },
  {
    name: 'one axis of space',
    inputs: [numbers(2, 4, 5), numbers(4)],
    compute: (x, bias) => groupNorm(x, 2, { bias }),
    ...first,
  },
  { name: 'a large epsilon', inputs: [numbers(2, 4, 3)], compute: (x) => groupNorm(x, 2, { epsilon: 0.5 }) },
  { name: 'no images', inputs: [numbers(0, 4, 2, 2)], compute: (x) => groupNorm(x, 2) },
  {
    name: 'symbolic batch',
    inputs: [numbers(3, 4, 2, 2), positive(4), numbers(4)],
    compute: (x, weight, bias) => groupNorm(x, 2, { weight, bias }),
    dynamic: [['batch']],
    ...first,
  },
]);

const batch = casesOf('batchNorm', [
  {
    name: 'weight and bias',
    inputs: [numbers(2, 3, 2, 2), numbers(3), positive(3), positive(3), numbers(3)],
    compute: (x, mean, variance, weight, bias) =>
      batchNorm(x, { mean: mean!, variance: variance!, weight, bias }),
    dtypes: floatingTypes,
    ...first,
  },
  {
    name: 'plain',
    inputs: [numbers(3, 5), numbers(5), positive(5)],
    compute: (x, mean, variance) => batchNorm(x, { mean, variance }),
    ...first,
  },
  {
    name: 'bias',
    inputs: [numbers(2, 3, 4), numbers(3), positive(3), numbers(3)],
    compute: (x, mean, variance, bias) => batchNorm(x, { mean, variance, bias, epsilon: 0.1 }),
    ...first,
  },
  {
    name: 'no images',
    inputs: [numbers(0, 3, 2), numbers(3), positive(3)],
    compute: (x, mean, variance) => batchNorm(x, { mean, variance }),
  },
  {
    name: 'symbolic batch',
    inputs: [numbers(3, 2, 2, 2), numbers(2), positive(2)],
    compute: (x, mean, variance) => batchNorm(x, { mean, variance }),
    dynamic: [['batch']],
    ...first,
  },
]);

export const normalization: readonly OperationCase[] = [...layer, ...rootMeanSquare, ...group, ...batch];
