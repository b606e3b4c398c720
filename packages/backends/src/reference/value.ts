import type { DType } from '@softvq/core';

/** An intermediate result: row-major elements, never written to once made. */
export interface Value {
  readonly data: Float64Array;
  readonly shape: readonly number[];
  readonly dtype: DType;
}
