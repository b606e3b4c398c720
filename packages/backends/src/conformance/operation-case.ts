import type { DType, DynamicAxes, OperationName, Tensor } from '@softvq/core';
import type { InputSpec } from './inputs.js';

/** One use of an operation: run forward against the reference, and differentiated where it says so. */
export interface OperationCase {
  readonly operation: OperationName;
  /** Unique within the operation. */
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  readonly compute: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /** Types to run forward in, for the inputs without one of their own; float32 unless told. */
  readonly dtypes?: readonly DType[];
  /** Types that occur besides those of the inputs. */
  readonly alsoUses?: readonly DType[];
  /** For each input, names of the axes whose size is known only at run time. */
  readonly dynamic?: readonly DynamicAxes[];
  /** Compares the first, or the first and second, derivatives with finite differences. */
  readonly derivatives?: 1 | 2;
  /** Elements of the only result, in place of what the reference gives: for values that are a matter of definition. */
  readonly expected?: readonly number[];
  /** Derivatives of the sum of the results by each floating input, where finite differences do not exist. */
  readonly expectedGradients?: readonly (readonly number[])[];
}

/** Cases of one operation. */
export function casesOf(
  operation: OperationName,
  cases: readonly Omit<OperationCase, 'operation'>[],
): OperationCase[] {
  return cases.map((each) => ({ operation, ...each }));
}

export const floatingTypes: readonly DType[] = ['float32', 'float16', 'float64'];
export const signedTypes: readonly DType[] = [...floatingTypes, 'int32', 'int64'];
export const numericTypes: readonly DType[] = [...signedTypes, 'uint8'];
export const allTypes: readonly DType[] = [...numericTypes, 'bool'];
