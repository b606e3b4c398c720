import { ArgumentError, ShapeError } from '../../errors.js';
import {
  addDimensions,
  type Dimension,
  dimensionsEqual,
  formatShape,
  type Shape,
  sizeOf,
} from '../../tensor/dimension.js';
import { formatSpec, operation, sameDType } from './operation.js';

export interface SliceAttributes {
  /** First index taken of each axis, counted from the front. */
  readonly starts: readonly Dimension[];
  /** How many are taken of each axis. */
  readonly sizes: readonly Dimension[];
  /** Distance between them, negative to walk backwards, never 0. */
  readonly steps: readonly number[];
}

const free = () => 0;

/** Elements rearranged, none computed. */
export const movement = {
  reshape: operation<{ readonly shape: Shape }>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], { shape }, name) => {
      if (!dimensionsEqual(sizeOf(input!.shape), sizeOf(shape))) {
        throw new ShapeError(
          `${name}: ${formatShape(input!.shape)} has ${sizeOf(input!.shape)} elements and ${formatShape(shape)} has ${sizeOf(shape)}`,
        );
      }
      return { shape, dtype: input!.dtype };
    },
    flops: free,
  }),

  /** Axis i of the result is axis `permutation[i]` of the input. */
  transpose: operation<{ readonly permutation: readonly number[] }>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], { permutation }, name) => {
      const rank = input!.shape.length;
      if (
        permutation.length !== rank ||
        [...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i)
      ) {
        throw new ArgumentError(
          `${name}: [${permutation}] is not an order of the ${rank} axes of ${formatSpec(input!)}`,
        );
      }
      return { shape: permutation.map((axis) => input!.shape[axis]!), dtype: input!.dtype };
    },
    flops: free,
  }),

  broadcastTo: operation<{ readonly shape: Shape }>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], { shape }, name) => {
      const offset = shape.length - input!.shape.length;
      const fits =
        offset >= 0 &&
        input!.shape.every((size, axis) => size === 1 || dimensionsEqual(size, shape[axis + offset]!));
      if (!fits) {
        throw new ShapeError(
          `${name}: ${formatShape(input!.shape)} does not broadcast to ${formatShape(shape)}`,
        );
      }
      return { shape, dtype: input!.dtype };
    },
    flops: free,
  }),

  slice: operation<SliceAttributes>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], { sizes }) => ({ shape: sizes, dtype: input!.dtype }),
    flops: free,
  }),

  /** `value` around the input: `before[axis]` and `after[axis]` elements, none negative. */
  pad: operation<{
    readonly before: readonly Dimension[];
    readonly after: readonly Dimension[];
    readonly value: number;
  }>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], { before, after }) => ({
      shape: input!.shape.map((size, axis) => addDimensions(before[axis]!, size, after[axis]!)),
      dtype: input!.dtype,
    }),
    flops: free,
  }),

  concat: operation<{ readonly axis: number }>({
    kind: 'primitive',
    inputs: [1, Number.POSITIVE_INFINITY],
    infer: (inputs, { axis }, name) => {
      const dtype = sameDType(name, inputs);
      const first = inputs[0]!.shape;
      for (const { shape } of inputs) {
        const fits =
          shape.length === first.length &&
          shape.every((size, other) => other === axis || dimensionsEqual(size, first[other]!));
        if (!fits) {
          throw new ShapeError(
            `${name}: shapes ${inputs.map((input) => formatShape(input.shape)).join(', ')} differ outside axis ${axis}`,
          );
        }
      }
      return { shape: first.with(axis, addDimensions(...inputs.map(({ shape }) => shape[axis]!))), dtype };
    },
    flops: free,
  }),
};
