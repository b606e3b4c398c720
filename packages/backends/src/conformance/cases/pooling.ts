import { avgPool2d, maxPool2d, type PoolOptions } from '@softvq/core';
import { distinct, literal, numbers } from '../inputs.js';
import { casesOf, floatingTypes, type OperationCase } from '../operation-case.js';

interface Geometry {
  readonly x: readonly number[];
  readonly options: PoolOptions;
}

const first = { derivatives: 1 } as const;

const geometries: Readonly<Record<string, Geometry>> = {
  'side by side': { x: [2, 3, 4, 6], options: { kernel: 2 } },
  'rows left over': { x: [1, 2, 5, 7], options: { kernel: 2 } },
  overlapping: { x: [1, 2, 5, 5], options: { kernel: 3, stride: 1 } },
  'with gaps': { x: [1, 1, 7, 8], options: { kernel: 2, stride: 3 } },
  oblong: { x: [2, 1, 5, 6], options: { kernel: [1, 3], stride: [2, 1] } },
  padding: { x: [1, 2, 5, 5], options: { kernel: 3, stride: 2, padding: 1 } },
  'padding of each side': {
    x: [1, 2, 4, 5],
    options: {
      kernel: [3, 2],
      stride: 2,
      padding: [
        [2, 1],
        [0, 1],
      ],
    },
  },
  'one element': { x: [1, 2, 3, 3], options: { kernel: 1 } },
  'the whole image': { x: [2, 3, 3, 5], options: { kernel: [3, 5] } },
  'no images': { x: [0, 2, 4, 4], options: { kernel: 2 } },
};

const poolCases = Object.entries(geometries).flatMap(([name, { x, options }], i) => {
  const dtypes = i === 0 ? { dtypes: floatingTypes } : {};
  const derivatives = x.includes(0) ? {} : first;
  return [
    ...casesOf('maxPool2d', [
      {
        name,
        inputs: [distinct(...x)],
        compute: (input) => maxPool2d(input, options),
        ...dtypes,
        ...derivatives,
      },
    ]),
    ...casesOf('avgPool2d', [
      {
        name,
        inputs: [numbers(...x)],
        compute: (input) => avgPool2d(input, options),
        ...dtypes,
        ...derivatives,
      },
      {
        name: `${name}, padding not counted`,
        inputs: [numbers(...x)],
        compute: (input) => avgPool2d(input, { ...options, countPadding: false }),
        ...derivatives,
      },
    ]),
  ];
});

const more: readonly OperationCase[] = [
  ...casesOf('maxPool2d', [
    {
      name: 'padding never wins',
      inputs: [literal([-1, -2, -3, -4], { shape: [1, 1, 2, 2] })],
      compute: (x) => maxPool2d(x, { kernel: 2, stride: 1, padding: 1 }),
      expected: [-1, -1, -2, -1, -1, -2, -3, -3, -4],
    },
    {
      name: 'the first of several takes the gradient',
      inputs: [literal([1, 1, 1, 1], { shape: [1, 1, 2, 2] })],
      compute: (x) => maxPool2d(x, { kernel: 2 }),
      expectedGradients: [[1, 0, 0, 0]],
    },
    {
      name: 'symbolic batch',
      inputs: [distinct(3, 1, 4, 4)],
      compute: (x) => maxPool2d(x, { kernel: 3, stride: 2, padding: 1 }),
      dynamic: [['batch']],
      ...first,
    },
  ]),
  ...casesOf('avgPool2d', [
    {
      name: 'known values',
      inputs: [literal([1, 2, 3, 4], { shape: [1, 1, 2, 2] })],
      compute: (x) => avgPool2d(x, { kernel: 2, stride: 1, padding: 1 }),
      expected: [0.25, 0.75, 0.5, 1, 2.5, 1.5, 0.75, 1.75, 1],
    },
    {
      name: 'known values, padding not counted',
      inputs: [literal([1, 2, 3, 4], { shape: [1, 1, 2, 2] })],
      compute: (x) => avgPool2d(x, { kernel: 2, stride: 1, padding: 1, countPadding: false }),
      expected: [1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4],
    },
    {
      name: 'symbolic batch',
      inputs: [numbers(3, 1, 4, 4)],
      compute: (x) => avgPool2d(x, { kernel: 3, stride: 2, padding: 1, countPadding: false }),
      dynamic: [['batch']],
      ...first,
    },
  ]),
];

export const pooling: readonly OperationCase[] = [...poolCases, ...more];
