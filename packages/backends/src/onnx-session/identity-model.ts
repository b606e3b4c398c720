import type { DType } from '@softvq/core';
import { encodeModel } from '../onnx/index.js';

export const identityInput = 'x';
export const identityOutput = 'y';

/** A model that returns its only input, of any sizes. */
export function identityModel(dtype: DType, axes: number): Uint8Array {
  const shape = Array.from({ length: axes }, (_, axis) => `size${axis}`);
  return encodeModel({
    opsets: [{ domain: '', version: 20 }],
    nodes: [
      {
        operator: 'Identity',
        domain: '',
        inputs: [identityInput],
        outputs: [identityOutput],
        attributes: {},
      },
    ],
    initializers: [],
    inputs: [{ name: identityInput, dtype, shape }],
    outputs: [{ name: identityOutput, dtype, shape }],
  });
}
