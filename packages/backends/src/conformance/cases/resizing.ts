import { type ResizeOptions, resize, type Tensor } from '@softvq/core';
import { literal, numbers } from '../inputs.js';
import { casesOf, floatingTypes, type OperationCase } from '../operation-case.js';

const sizes: Readonly<Record<string, readonly [number, number]>> = {
  down: [3, 4],
  up: [7, 11],
  'one axis': [5, 3],
};

const methods = ['nearest', 'bilinear', 'bicubic', 'area'] as const;
const coordinateRules = ['half-pixel', 'align-corners', 'asymmetric'] as const;

/** Every combination of method, coordinates, antialias and direction. */
const combinations: readonly OperationCase[] = casesOf(
  'resize',
  Object.entries(sizes).flatMap(([direction, size]) =>
    methods.flatMap((method) =>
      coordinateRules.flatMap((coordinates) =>
        [false, true].map((antialias) => ({
          name: `${method} ${direction}, ${coordinates}${antialias ? ', antialias' : ''}`,
          inputs: [numbers(2, 1, 5, 7)],
          compute: resizer(size, { method, coordinates, antialias }),
          ...(direction === 'down' ? { derivatives: 1 as const } : {}),
        })),
      ),
    ),
  ),
);

function resizer(size: readonly [number, number], options: ResizeOptions) {
  return (x: Tensor) => resize(x, size, options);
}

const more: readonly OperationCase[] = casesOf('resize', [
  { name: 'every type', inputs: [numbers(1, 2, 3, 5)], compute: resizer([5, 3], {}), dtypes: floatingTypes },
  { name: 'to the same size', inputs: [numbers(1, 2, 3, 5)], compute: resizer([3, 5], {}) },
  { name: 'to one pixel', inputs: [numbers(1, 2, 3, 5)], compute: resizer([1, 1], { antialias: true }) },
  { name: 'from one pixel', inputs: [numbers(1, 2, 1, 1)], compute: resizer([3, 2], { method: 'bicubic' }) },
  { name: 'no images', inputs: [numbers(0, 3, 4, 4)], compute: resizer([2, 2], {}) },
  {
    name: 'another cubic kernel',
    inputs: [numbers(1, 1, 5, 7)],
    compute: resizer([8, 4], { method: 'bicubic', cubicCoefficient: -0.5 }),
    derivatives: 1,
  },
  {
    name: 'symbolic batch',
    inputs: [numbers(3, 2, 4, 4)],
    compute: resizer([2, 6], {}),
    dynamic: [['batch']],
    derivatives: 1,
  },
  {
    name: 'doubling by nearest',
    inputs: [literal([1, 2, 3, 4], { shape: [1, 1, 2, 2] })],
    compute: resizer([4, 4], { method: 'nearest' }),
    expected: [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4],
  },
  {
    name: 'bilinear with aligned corners',
    inputs: [literal([1, 3, 5, 7], { shape: [1, 1, 2, 2] })],
    compute: resizer([3, 3], { coordinates: 'align-corners' }),
    expected: [1, 2, 3, 3, 4, 5, 5, 6, 7],
  },
  {
    name: 'halving by area',
    inputs: [literal([1, 3, 5, 7], { shape: [1, 1, 1, 4] })],
    compute: resizer([1, 2], { method: 'area' }),
    expected: [2, 6],
  },
]);

export const resizing: readonly OperationCase[] = [...combinations, ...more];
