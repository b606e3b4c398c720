import type { AttributesOf, ReduceAttributes } from '../graph/table/index.js';
import { cast, equal } from '../operations/elementwise.js';
import { concat, narrow, slice } from '../operations/movement.js';
import { sum } from '../operations/reductions.js';
import { applyOperation } from '../tensor/apply.js';
import { zeros } from '../tensor/creation.js';
import { type Dimension, shapesEqual, subtractDimensions } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';

/** Transposes of the linear operations that broadcast, reduce and move elements. */

/** A gradient summed over the axes along which `input` was stretched. */
export function reducedTo(gradient: Tensor, input: Tensor): Tensor {
  if (shapesEqual(gradient.shape, input.shape)) return gradient;
  const added = gradient.rank - input.rank;
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < added || (input.shape[axis - added] === 1 && size !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? gradient : sum(gradient, axes, { keepDims: true });
  return summed.reshape(input.shape);
}

/** The gradient of a reduction, repeated over the axes that were reduced. */
export function spread(gradient: Tensor, input: Tensor, { axes }: ReduceAttributes): Tensor {
  const kept = input.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return gradient.reshape(kept).broadcastTo(input.shape);
}

/** As `spread`, but only to the elements that equal the result, in equal shares. */
export function spreadToExtremes(
  gradient: Tensor,
  input: Tensor,
  output: Tensor,
  { axes }: ReduceAttributes,
): Tensor {
  const kept = input.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const extreme = cast(equal(input, output.reshape(kept)), input.dtype);
  const share = gradient.reshape(kept).div(sum(extreme, axes, { keepDims: true }));
  return extreme.mul(share);
}

/** Puts a slice's gradient back where its elements came from, with zeros elsewhere. */
export function sliceAdjoint(
  gradient: Tensor,
  input: Tensor,
  { starts, sizes, steps }: AttributesOf<'slice'>,
): Tensor {
  const reversed = steps.map((step) => step < 0);
  const forward = reversed.includes(true)
    ? slice(
        gradient,
        reversed.map((isReversed) => (isReversed ? { step: -1 } : null)),
      )
    : gradient;
  const spaced = steps.reduce((spread, step, axis) => withGaps(spread, axis, Math.abs(step)), forward);
  // Where the first element in memory order lies: the last one taken when walking backwards.
  const firsts = starts.map((start, axis) =>
    reversed[axis] ? subtractDimensions(start, spanOf(sizes[axis]!, steps[axis]!)) : start,
  );
  return padAdjointOfSlice(spaced, input, firsts);
}

/** Distance from the first to the last element of a backward slice. */
function spanOf(size: Dimension, step: number): Dimension {
  if (typeof size === 'number') return size === 0 ? 0 : (size - 1) * -step;
  return subtractDimensions(size, 1);
}

/** Elements `step` apart with zeros between, and none after the last. */
function withGaps(x: Tensor, axis: number, step: number): Tensor {
  const size = x.shape[axis]!;
  if (step === 1 || size === 0 || typeof size !== 'number') return x;
  const apart = x.reshape(x.shape.toSpliced(axis + 1, 0, 1));
  const gap = zeros(x.shape.toSpliced(axis + 1, 0, step - 1), x.dtype);
  const joined = concat([apart, gap], axis + 1).reshape(x.shape.with(axis, size * step));
  return narrow(joined, axis, 0, (size - 1) * step + 1);
}

function padAdjointOfSlice(x: Tensor, input: Tensor, before: readonly Dimension[]): Tensor {
  if (x.shape.includes(0)) return zeros(input.shape, input.dtype);
  const after = x.shape.map((size, axis) =>
    subtractDimensions(subtractDimensions(input.shape[axis]!, size), before[axis]!),
  );
  return applyOperation('pad', [x], { before, after, value: 0 });
}

/** The part of a padded tensor's gradient that belongs to the tensor itself. */
export function padAdjoint(gradient: Tensor, input: Tensor, before: readonly Dimension[]): Tensor {
  return applyOperation('slice', [gradient], {
    starts: before,
    sizes: input.shape,
    steps: before.map(() => 1),
  });
}
