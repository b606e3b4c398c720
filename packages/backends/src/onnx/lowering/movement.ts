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
  const cheap = cheapSizes(from, to);
  return cheap === undefined
    ? builder.add('Reshape', [x, builder.sizes(to)], { allowzero: 1 })
    : builder.add('Reshape', [x, builder.sizes(cheap)]);
}

/** Sizes of which 0 means to copy and -1 to infer; undefined where a size may itself be 0, which ONNX would copy. */
function cheapSizes(from: Shape, to: Shape): Dimension[] | undefined {
  const sizes: Dimension[] = [];
  for (const [axis, size] of to.entries()) {
    if (size === 0) return undefined;
    if (typeof size === 'number') sizes.push(size);
    else if (axis < from.length && String(from[axis]) === size.key) sizes.push(0);
    else if (sizes.includes(-1)) return undefined;
    else sizes.push(-1);
  }
  return sizes;
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
  const changed = shape.flatMap((size, axis) =>
    starts[axis] === 0 && steps[axis] === 1 && String(sizes[axis]) === String(size) ? [] : [axis],
  );
  // The WebGPU kernel of Slice starts in the wrong place when it goes backwards.
  const gathered = changed.filter((axis) => builder.dialect.kernels === 'webgpu' && steps[axis]! < 0);
  const axes = changed.filter((axis) => !gathered.includes(axis));
  const picked = gathered.reduce((value, axis) => {
    const positions = backwards(builder, starts[axis]!, sizes[axis]!, steps[axis]!, shape[axis]!);
    return builder.add('Gather', [value, positions], { axis });
  }, x!);
  if (axes.length === 0 && gathered.length > 0) return picked;
  const bounds = axes.map((axis) => sliceBounds(starts[axis]!, sizes[axis]!, steps[axis]!, shape[axis]!));
  return builder.add('Slice', [
    picked,
    builder.sizes(bounds.map((bound) => bound.start)),
    builder.sizes(bounds.map((bound) => bound.stop)),
    builder.int64(axes),
    builder.int64(axes.map((axis) => steps[axis]!)),
  ]);
};

/** The positions that a backward slice takes, as an int64 vector. */
function backwards(
  builder: OnnxBuilder,
  start: Dimension,
  size: Dimension,
  step: number,
  total: Dimension,
): ValueName {
  if (typeof start === 'number' && typeof size === 'number') {
    return builder.int64(Array.from({ length: size }, (_, i) => start + i * step));
  }
  // Symbolic sizes are turned round as a whole.
  const last = builder.add('Squeeze', [builder.size(subtractDimensions(total, 1)), builder.int64([0])]);
  return builder.add('Range', [last, builder.scalar(-1, 'int64'), builder.scalar(-1, 'int64')]);
}

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
