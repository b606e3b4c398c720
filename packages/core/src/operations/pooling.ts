import { applyOperation } from '../tensor/apply.js';
import type { Tensor } from '../tensor/tensor.js';

export interface PoolOptions {
  /** Window height and width, or one number for both. */
  readonly kernel: number | readonly [number, number];
  /** The default is the window. */
  readonly stride?: number | readonly [number, number];
  readonly padding?: number | readonly (readonly [number, number])[];
}

/** The largest element of each window of x (batch, channels, height, width); padding never wins. */
export function maxPool2d(x: Tensor, options: PoolOptions): Tensor {
  return applyOperation('maxPool2d', [x], poolAttributes(options));
}

/** The mean of each window; padding counts as zeros unless `countPadding` is false. */
export function avgPool2d(x: Tensor, options: PoolOptions & { readonly countPadding?: boolean }): Tensor {
  return applyOperation('avgPool2d', [x], {
    ...poolAttributes(options),
    countPadding: options.countPadding ?? true,
  });
}

function poolAttributes({ kernel, stride = kernel, padding = 0 }: PoolOptions) {
  const pair = (value: number | readonly [number, number]) =>
    typeof value === 'number' ? ([value, value] as const) : value;
  return {
    kernel: pair(kernel),
    strides: pair(stride),
    padding: typeof padding === 'number' ? [pair(padding), pair(padding)] : padding,
  };
}
