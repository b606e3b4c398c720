import { type Dimension, type Shape, subtractDimensions } from '@softvq/core';
import type { Node } from '@softvq/core/graph';
import type { OnnxBuilder, ValueName } from '../builder.js';
import type { Lowering } from './context.js';

/** The largest int64 that a JavaScript number holds: "to the end" of an axis. */
const toTheEnd = Number.MAX_SAFE_INTEGER;

/**
 * Reshapes with as little arithmetic at run time as possible: one symbolic size is left to ONNX to infer, another
 * is copied from the same axis of the input.
 */
export function reshapeTo(builder: OnnxBuilder, x: ValueName, from: Shape, to: Shape): ValueName {
  const hasZero = to.includes(0);
  let inferred = false;
  const sizes: Dimension[] = hasZero
    ? [...to]
    : to.map((size, axis) => {
        if (typeof size === 'number') return size;
        if (axis < from.length && String(from[axis]) === size.key) return 0;
        if (inferred) return size;
        inferred = true;
        return -1;
      });
  return builder.add('Reshape', [x, builder.sizes(sizes)], hasZero ? { allowzero: 1 } : {});
}

const reshape: Lowering<'reshape'> = (builder, node, [x]) =>
  reshapeTo(builder, x!, node.inputs[0]!.shape, node.shape);

const transpose: Lowering<'transpose'> = (builder, { attributes }, [x]) =>
  builder.add('Transpose', [x!], { perm: attributes.permutation });

const broadcastTo: Lowering<'broadcastTo'> = (builder, { shape, inputs: [input] }, [x]) => {
  // A size of 1 leaves an axis as it is, so that symbolic sizes are needed only where something stretches.
  const added = shape.length - input!.shape.length;
  const target = shape.map((size, axis) => (String(input!.shape[axis - added]) === String(size) ? 1 : size));
  return builder.add('Expand', [x!, builder.sizes(target)]);
};

/** A position counted from the end where that makes it a number. */
function position(dimension: Dimension, size: Dimension): Dimension {
  if (typeof dimension === 'number') return dimension;
  const fromEnd = subtractDimensions(dimension, size);
  if (fromEnd === 0) return toTheEnd;
  return typeof fromEnd === 'number' && fromEnd < 0 ? fromEnd : dimension;
}

const slice: Lowering<'slice'> = (builder, node, [x]) => {
  const { starts, sizes, steps } = node.attributes;
  const { shape } = node.inputs[0]! as Node;
  const axes = shape.flatMap((size, axis) =>
    starts[axis] === 0 && steps[axis] === 1 && String(sizes[axis]) === String(size) ? [] : [axis],
  );
  const bounds = axes.map((axis) => sliceBounds(starts[axis]!, sizes[axis]!, steps[axis]!, shape[axis]!));
  return builder.add('Slice', [
    x!,
    builder.sizes(bounds.map((bound) => bound.start)),
    builder.sizes(bounds.map((bound) => bound.stop)),
    builder.int64(axes),
    builder.int64(axes.map((axis) => steps[axis]!)),
  ]);
};

interface SliceBounds {
  readonly start: Dimension;
  readonly stop: Dimension;
}

function sliceBounds(start: Dimension, size: Dimension, step: number, total: Dimension): SliceBounds {
  if (size === 0) return { start: 0, stop: 0 };
  if (typeof start === 'number' && typeof size === 'number') {
    const stop = start + size * step;
    return { start, stop: stop < 0 ? -toTheEnd : stop };
  }
  // Symbolic sizes occur with step 1, or with -1 over a whole axis.
  if (step < 0) return { start: toTheEnd, stop: -toTheEnd };
  const stop = subtractDimensions(size, subtractDimensions(0, start));
  return { start: position(start, total), stop: position(stop, total) };
}

const pad: Lowering<'pad'> = (builder, { attributes: { before, after, value }, dtype }, [x]) =>
  builder.add('Pad', [x!, builder.sizes([...before, ...after]), builder.scalar(value, dtype)]);

const concat: Lowering<'concat'> = (builder, { attributes: { axis } }, inputs) =>
  builder.add('Concat', inputs, { axis });

export const movement = { reshape, transpose, broadcastTo, slice, pad, concat };
