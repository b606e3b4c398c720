import type { Gap } from '../../src/conformance/index.js';

/** Gaps of several checks for one reason. */
const gapsOf = (reason: string, ...operations: readonly string[]): Gap[] =>
  operations.map((operation) => ({ operation, reason }));

/** What the WebAssembly device of tfjs 4.22 cannot. */
export const tfjsWasmGaps: readonly Gap[] = gapsOf(
  'Maximum and Minimum of the wasm device pass over NaN (https://github.com/tensorflow/tfjs/issues/4883)',
  'maximum/NaN wins',
  'minimum/NaN wins',
);

/** What the WebGL device of tfjs 4.22 cannot. */
export const tfjsWebglGaps: readonly Gap[] = [
  ...gapsOf(
    'the webgl device keeps int32 in textures of float32 (R32F), which are exact up to 2^24 and do not wrap around',
    'add/int32 beyond float32',
    'greater/int32 beyond float32',
    'sum/int32 beyond float32',
    'add/wraps around in int32',
    'mul/wraps around in int32',
  ),
  ...gapsOf(
    'Max and Min of the webgl device begin at ∓1e20 (https://github.com/tensorflow/tfjs-core/pull/1477)',
    'max/infinities',
    'min/infinities',
    'logSumExp/of -Infinity',
  ),
  ...gapsOf('RealDiv of the webgl device gives 1 where both operands are equal', 'div/by 0 (float32)'),
  ...gapsOf(
    'log(0) of the software rendering is -88: shading languages leave it undefined',
    'log/0, negative, infinite and NaN (float32)',
  ),
];
