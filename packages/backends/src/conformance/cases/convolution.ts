import {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  convTranspose2d,
  type Tensor,
} from '@softvq/core';
import { literal, numbers } from '../inputs.js';
import { casesOf, floatingTypes, type OperationCase } from '../operation-case.js';

const first = { derivatives: 1 } as const;

interface Geometry<Options> {
  readonly x: readonly number[];
  readonly kernel: readonly number[];
  readonly options?: Options;
}

/** (batch, channels, length) with (out, channels / groups, length). */
const lines: Readonly<Record<string, Geometry<ConvOptions>>> = {
  '1-D': { x: [2, 3, 7], kernel: [5, 3, 3] },
  '1-D, one tap': { x: [1, 2, 5], kernel: [3, 2, 1] },
  '1-D, stride': { x: [2, 2, 8], kernel: [3, 2, 3], options: { stride: 2 } },
  '1-D, padding on one side': { x: [1, 2, 5], kernel: [2, 2, 3], options: { padding: [[2, 0]] } },
  '1-D, dilation': { x: [1, 2, 9], kernel: [2, 2, 3], options: { dilation: 3 } },
  '1-D, groups': { x: [2, 4, 5], kernel: [6, 2, 3], options: { groups: 2, padding: 1 } },
  '1-D, everything': {
    x: [2, 4, 11],
    kernel: [2, 2, 3],
    options: { stride: 3, padding: [[1, 2]], dilation: 2, groups: 2 },
  },
};

/** (batch, channels, height, width) with (out, channels / groups, height, width). */
const planes: Readonly<Record<string, Geometry<ConvOptions>>> = {
  '2-D': { x: [2, 3, 5, 7], kernel: [2, 3, 3, 3] },
  'one tap': { x: [2, 3, 3, 5], kernel: [2, 3, 1, 1] },
  'a kernel as large as the image': { x: [1, 2, 3, 5], kernel: [2, 2, 3, 5] },
  'an even, oblong kernel': { x: [1, 2, 5, 7], kernel: [2, 2, 2, 4] },
  padding: { x: [1, 2, 3, 5], kernel: [2, 2, 3, 3], options: { padding: 1 } },
  'padding of each side': {
    x: [1, 2, 3, 5],
    kernel: [2, 2, 3, 2],
    options: {
      padding: [
        [2, 1],
        [0, 1],
      ],
    },
  },
  patches: { x: [2, 3, 4, 8], kernel: [5, 3, 4, 4], options: { stride: 4 } },
  'stride that leaves rows over': { x: [1, 2, 6, 8], kernel: [2, 2, 3, 3], options: { stride: 2 } },
  'stride of each axis': { x: [1, 2, 5, 7], kernel: [2, 2, 2, 3], options: { stride: [1, 3] } },
  'stride and padding': { x: [1, 1, 7, 7], kernel: [2, 1, 3, 3], options: { stride: 2, padding: 1 } },
  dilation: { x: [1, 2, 6, 7], kernel: [2, 2, 3, 2], options: { dilation: 2 } },
  'dilation of each axis': {
    x: [1, 2, 5, 7],
    kernel: [1, 2, 3, 3],
    options: { dilation: [1, 3], padding: [1, 2] },
  },
  groups: { x: [2, 4, 3, 3], kernel: [6, 2, 2, 2], options: { groups: 2 } },
  'a group for each channel': { x: [2, 3, 5, 3], kernel: [6, 1, 3, 3], options: { groups: 3, padding: 1 } },
  everything: {
    x: [2, 4, 7, 6],
    kernel: [4, 2, 2, 3],
    options: {
      stride: [2, 1],
      padding: [
        [1, 0],
        [2, 1],
      ],
      dilation: [2, 1],
      groups: 2,
    },
  },
  'no images': { x: [0, 2, 5, 5], kernel: [3, 2, 3, 3] },
};

/** (batch, channels, height, width) with (channels, out / groups, height, width). */
const transposes: Readonly<Record<string, Geometry<ConvTransposeOptions>>> = {
  '2-D': { x: [2, 3, 3, 5], kernel: [3, 2, 3, 3] },
  'one tap': { x: [1, 3, 2, 2], kernel: [3, 5, 1, 1] },
  'doubles the size': { x: [1, 2, 3, 2], kernel: [2, 3, 2, 2], options: { stride: 2 } },
  'stride and padding': { x: [2, 2, 3, 4], kernel: [2, 2, 4, 4], options: { stride: 2, padding: 1 } },
  'output padding': {
    x: [1, 2, 3, 3],
    kernel: [2, 2, 3, 3],
    options: { stride: 2, padding: 1, outputPadding: 1 },
  },
  'output padding of each axis': {
    x: [1, 2, 2, 3],
    kernel: [2, 1, 3, 2],
    options: { stride: [3, 2], outputPadding: [2, 0] },
  },
  'padding of each side': {
    x: [1, 2, 4, 4],
    kernel: [2, 2, 3, 3],
    options: {
      padding: [
        [1, 0],
        [0, 2],
      ],
    },
  },
  dilation: { x: [1, 2, 3, 3], kernel: [2, 2, 3, 2], options: { dilation: 2 } },
  groups: { x: [2, 4, 3, 2], kernel: [4, 3, 2, 2], options: { groups: 2 } },
  'a group for each channel': {
    x: [1, 3, 3, 3],
    kernel: [3, 2, 3, 3],
    options: { groups: 3, stride: 2, padding: 1 },
  },
  everything: {
    x: [2, 4, 3, 4],
    kernel: [4, 2, 3, 2],
    options: {
      stride: [2, 3],
      padding: [
        [1, 0],
        [2, 1],
      ],
      dilation: [1, 2],
      groups: 2,
      outputPadding: [1, 0],
    },
  },
  'no images': { x: [0, 2, 3, 3], kernel: [2, 3, 2, 2] },
};

function convCases<Options>(
  operation: 'conv' | 'convTranspose',
  geometries: Readonly<Record<string, Geometry<Options>>>,
  convolve: (x: Tensor, kernel: Tensor, options?: Options) => Tensor,
): OperationCase[] {
  return casesOf(
    operation,
    Object.entries(geometries).map(([name, { x, kernel, options }], i) => ({
      name,
      inputs: [numbers(...x), numbers(...kernel)],
      compute: (input, weights) => convolve(input, weights, options),
      ...(x.includes(0) ? {} : first),
      ...(i === 0 ? { dtypes: floatingTypes } : {}),
    })),
  );
}

const symbolic = { dynamic: [['batch']] } as const;

const withBias: readonly OperationCase[] = [
  ...casesOf('conv', [
    {
      name: 'bias',
      inputs: [numbers(2, 2, 3, 5), numbers(3, 2, 3, 3), numbers(3)],
      compute: (x, kernel, bias) => conv2d(x, kernel, { bias, padding: 1 }),
      ...first,
    },
    {
      name: '1-D, bias',
      inputs: [numbers(2, 2, 5), numbers(3, 2, 3), numbers(3)],
      compute: (x, kernel, bias) => conv1d(x, kernel, { bias }),
      ...first,
    },
    {
      name: 'second derivatives',
      inputs: [numbers(1, 2, 4, 3), numbers(2, 1, 2, 2)],
      compute: (x, kernel) => conv2d(x, kernel, { stride: [2, 1], groups: 2 }).square(),
      derivatives: 2,
    },
    {
      name: 'symbolic batch',
      inputs: [numbers(3, 4, 5, 3), numbers(2, 2, 3, 2)],
      compute: (x, kernel) => conv2d(x, kernel, { stride: 2, padding: 1, groups: 2 }),
      ...symbolic,
      ...first,
    },
    {
      name: 'known values',
      inputs: [
        literal([1, 2, 3, 4, 5, 6, 7, 8, 9], { shape: [1, 1, 3, 3] }),
        literal([1, 10, 100, 1000], { shape: [1, 1, 2, 2] }),
      ],
      compute: (x, kernel) => conv2d(x, kernel),
      expected: [5421, 6532, 8754, 9865],
    },
  ]),
  ...casesOf('convTranspose', [
    {
      name: 'bias',
      inputs: [numbers(2, 2, 2, 3), numbers(2, 3, 2, 2), numbers(3)],
      compute: (x, kernel, bias) => convTranspose2d(x, kernel, { bias, stride: 2 }),
      ...first,
    },
    {
      name: 'symbolic batch',
      inputs: [numbers(3, 4, 2, 3), numbers(4, 1, 3, 2)],
      compute: (x, kernel) => convTranspose2d(x, kernel, { stride: 2, padding: 1, groups: 2 }),
      ...symbolic,
      ...first,
    },
    {
      name: 'known values',
      inputs: [
        literal([1, 2, 3, 4], { shape: [1, 1, 2, 2] }),
        literal([1, 10, 100, 1000], { shape: [1, 1, 2, 2] }),
      ],
      compute: (x, kernel) => convTranspose2d(x, kernel),
      expected: [1, 12, 20, 103, 1234, 2040, 300, 3400, 4000],
    },
  ]),
];

export const convolution: readonly OperationCase[] = [
  ...convCases('conv', planes, conv2d),
  ...convCases('conv', lines, conv1d),
  ...convCases('convTranspose', transposes, convTranspose2d),
  ...withBias,
];
