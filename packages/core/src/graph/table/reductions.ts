import { ArgumentError, DTypeError } from '../../errors.js';
import { formatShape, type Shape, sizeOf } from '../../tensor/dimension.js';
import { floating, formatSpec, numeric, operation, type TensorSpec } from './operation.js';

export interface ReduceAttributes {
  /** Distinct, counted from the front, sorted. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export function reducedShape(shape: Shape, { axes, keepDims }: ReduceAttributes): Shape {
  return keepDims
    ? shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension))
    : shape.filter((_, axis) => !axes.includes(axis));
}

const inputFlops = (inputs: readonly TensorSpec[]) => sizeOf(inputs[0]!.shape);

function reduction(accepts: typeof numeric, { emptyHasValue }: { emptyHasValue: boolean }) {
  return operation<ReduceAttributes>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], attributes, name) => {
      if (!emptyHasValue) assertNotEmpty(name, input!, attributes.axes);
      return { shape: reducedShape(input!.shape, attributes), dtype: accepts(name, input!) };
    },
    flops: inputFlops,
  });
}

/** The largest of nothing does not exist. */
function assertNotEmpty(name: string, input: TensorSpec, axes: readonly number[]): void {
  if (axes.some((axis) => input.shape[axis] === 0)) {
    throw new ArgumentError(
      `${name} over an axis of size 0 of shape ${formatShape(input.shape)} has no value`,
    );
  }
}

const summable: typeof numeric = (name, input) => {
  if (input.dtype === 'uint8') {
    throw new DTypeError(`${name} of ${formatSpec(input)} would overflow; convert it to int32 with cast()`);
  }
  return numeric(name, input);
};

export interface AxisAttributes {
  readonly axis: number;
}

/** Position of the extreme along one axis, the first one where several are equal. The axis disappears. */
function extremePosition() {
  return operation<AxisAttributes>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], { axis }, name) => {
      numeric(name, input!);
      assertNotEmpty(name, input!, [axis]);
      return { shape: reducedShape(input!.shape, { axes: [axis], keepDims: false }), dtype: 'int32' };
    },
    flops: inputFlops,
  });
}

export const reductions = {
  sum: reduction(summable, { emptyHasValue: true }),
  mean: reduction(floating, { emptyHasValue: false }),
  prod: reduction(summable, { emptyHasValue: true }),
  max: reduction(numeric, { emptyHasValue: false }),
  min: reduction(numeric, { emptyHasValue: false }),
  argmax: extremePosition(),
  argmin: extremePosition(),

  /** Running sums; `exclusive` leaves out the element itself, `reverse` starts from the end. */
  cumsum: operation<AxisAttributes & { readonly exclusive: boolean; readonly reverse: boolean }>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], _, name) => ({ shape: input!.shape, dtype: summable(name, input!) }),
  }),

  /** Positions (int32) of the k largest, or smallest, in order; equal values keep the order of their positions. */
  topKIndices: operation<AxisAttributes & { readonly k: number; readonly largest: boolean }>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], { axis, k }, name) => {
      numeric(name, input!);
      const size = input!.shape[axis]!;
      if (!Number.isInteger(k) || k < 0 || (typeof size === 'number' && k > size)) {
        throw new ArgumentError(
          `${name}: k = ${k} of an axis with ${size} elements of ${formatSpec(input!)}`,
        );
      }
      return { shape: input!.shape.with(axis, k), dtype: 'int32' };
    },
    flops: inputFlops,
  }),
};
