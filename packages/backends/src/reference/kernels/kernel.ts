import type { DType } from '@softvq/core';
import type { AttributesOf, Bindings, PrimitiveName } from '@softvq/core/graph';
import type { Value } from '../value.js';

/** What is computed, with every symbolic size replaced by its number. */
export interface Step<Name extends PrimitiveName> {
  readonly attributes: AttributesOf<Name>;
  /** Of the result. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Values of the symbols that attributes may contain. */
  readonly bindings: Bindings;
}

/** Computes the row-major elements of a result. May give back an input's elements unchanged. */
export type Kernel<Name extends PrimitiveName> = (inputs: readonly Value[], step: Step<Name>) => Float64Array;

/** A kernel for each of some operations. */
export type Kernels<Name extends PrimitiveName> = { readonly [Each in Name]: Kernel<Each> };

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
