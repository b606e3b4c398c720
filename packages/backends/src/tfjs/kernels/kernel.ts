import type { AttributesOf, Bindings, OperationName } from '@softvq/core/graph';
import type { Engine, Tensor } from '../engine.js';
import type { TfjsType } from '../host-elements.js';

/** What is computed, with every symbolic size replaced by its number. */
export interface Step<Name extends OperationName> {
  readonly attributes: AttributesOf<Name>;
  /** Of the result, which has elements: results without any never reach a kernel. */
  readonly shape: readonly number[];
  readonly dtype: TfjsType;
  /** Values of the symbols that attributes may contain. */
  readonly bindings: Bindings;
  /** The second operand is a weight with its axes in the order of `arrangements`. */
  readonly arranged: boolean;
}

/** Computes a result with operations of tfjs. What it makes besides is disposed by its caller. */
export type Kernel<Name extends OperationName> = (
  engine: Engine,
  inputs: readonly Tensor[],
  step: Step<Name>,
) => Tensor;

/** A kernel for each of some operations. */
export type Kernels<Name extends OperationName> = { readonly [Each in Name]: Kernel<Each> };

/** Some kernels of tfjs end at this many axes. */
export const wellSupportedRank = 4;

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Shape with the axes before and after one joined. */
export function aroundAxis(
  shape: readonly number[],
  axis: number,
): [before: number, size: number, within: number] {
  return [elementCount(shape.slice(0, axis)), shape[axis]!, elementCount(shape.slice(axis + 1))];
}
