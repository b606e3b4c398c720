import { DTypeError, ShapeError } from '../../errors.js';
import { dimensionsEqual, formatShape, type Shape, shapesEqual } from '../../tensor/dimension.js';
import { formatSpec, indices, numeric, operation, type TensorSpec } from './operation.js';
import type { AxisAttributes } from './reductions.js';

/** Shape of whole slices along `axis`, one for each index. */
function takenShape(input: Shape, index: Shape, axis: number): Shape {
  return [...input.slice(0, axis), ...index, ...input.slice(axis + 1)];
}

function assertSameRankOutsideAxis(name: string, input: TensorSpec, index: TensorSpec, axis: number): void {
  const fits =
    input.shape.length === index.shape.length &&
    index.shape.every((size, other) => other === axis || dimensionsEqual(size, input.shape[other]!));
  if (!fits) {
    throw new ShapeError(
      `${name}: indices ${formatShape(index.shape)} must match ${formatShape(input.shape)} on every axis but ${axis}`,
    );
  }
}

function assertUpdates(name: string, input: TensorSpec, updates: TensorSpec, shape: Shape): void {
  numeric(name, input);
  if (updates.dtype !== input.dtype) {
    throw new DTypeError(`${name}: updates are ${formatSpec(updates)} and the input is ${formatSpec(input)}`);
  }
  if (!shapesEqual(updates.shape, shape)) {
    throw new ShapeError(
      `${name}: updates are ${formatShape(updates.shape)} and must be ${formatShape(shape)}`,
    );
  }
}

/** Indices count from 0 and must lie inside the axis. */
export const indexing = {
  /** Whole slices along an axis: result[…, i…, …] = input[…, indices[i…], …]. */
  take: operation<AxisAttributes>({
    kind: 'primitive',
    inputs: 2,
    infer: ([input, index], { axis }, name) => {
      indices(name, index!);
      return { shape: takenShape(input!.shape, index!.shape, axis), dtype: input!.dtype };
    },
    flops: () => 0,
  }),

  /** Adds whole slices: the transpose of `take`. Slices that name one index add up. */
  takeAdd: operation<AxisAttributes>({
    kind: 'primitive',
    inputs: 3,
    infer: ([input, index, updates], { axis }, name) => {
      indices(name, index!);
      assertUpdates(name, input!, updates!, takenShape(input!.shape, index!.shape, axis));
      return input!;
    },
  }),

  /** One element for each index: result[i, j] = input[i, indices[i, j]] for axis 1. */
  gather: operation<AxisAttributes>({
    kind: 'primitive',
    inputs: 2,
    infer: ([input, index], { axis }, name) => {
      indices(name, index!);
      assertSameRankOutsideAxis(name, input!, index!, axis);
      return { shape: index!.shape, dtype: input!.dtype };
    },
    flops: () => 0,
  }),

  /** Adds elements: the transpose of `gather`. Updates that name one element add up. */
  scatterAdd: operation<AxisAttributes>({
    kind: 'primitive',
    inputs: 3,
    infer: ([input, index, updates], { axis }, name) => {
      indices(name, index!);
      assertSameRankOutsideAxis(name, input!, index!, axis);
      assertUpdates(name, input!, updates!, index!.shape);
      return input!;
    },
  }),
};
