import type { PoolAttributes } from '../graph/table/index.js';
import { add, cast, equal, logicalAnd, logicalNot, logicalOr, where } from '../operations/elementwise.js';
import { pad, slice } from '../operations/movement.js';
import { full } from '../tensor/creation.js';
import type { Tensor } from '../tensor/tensor.js';
import { sliceAdjoint } from './adjoints.js';
import type { GradientRule } from './rules.js';

/** The gradient goes to the first largest element of each window. */
export const maxPoolGradient: GradientRule<'maxPool2d'> = (g, { inputs: [x], output, attributes }) => {
  const padded = pad(x!, paddingOf(attributes), { value: Number.NEGATIVE_INFINITY });
  let taken: Tensor | undefined;
  const parts = windowOffsets(attributes).map((offset) => {
    const here = equal(offsetSlice(padded, offset, output, attributes), output);
    const wins = taken === undefined ? here : logicalAnd(here, logicalNot(taken));
    taken = taken === undefined ? here : logicalOr(taken, here);
    return scatterOffset(where(wins, g, 0), padded, offset, attributes);
  });
  return [unpad(parts.reduce(add), x!, attributes)];
};

/** The gradient goes in equal parts to all elements of each window. */
export const avgPoolGradient: GradientRule<'avgPool2d'> = (g, { inputs: [x], output, attributes }) => {
  const padded = pad(x!, paddingOf(attributes));
  const offsets = windowOffsets(attributes);
  const share = attributes.countPadding ? g.div(offsets.length) : g.div(insideCounts(x!, output, attributes));
  const parts = offsets.map((offset) => scatterOffset(share, padded, offset, attributes));
  return [unpad(parts.reduce(add), x!, attributes)];
};

type Offset = readonly [row: number, column: number];

function windowOffsets({ kernel }: PoolAttributes): Offset[] {
  const [rows, columns] = kernel;
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}

function paddingOf({ padding }: PoolAttributes): (readonly [number, number])[] {
  return [[0, 0], [0, 0], padding[0]!, padding[1]!];
}

function sliceAttributes(output: Tensor, offset: Offset, { strides }: PoolAttributes) {
  return { starts: [0, 0, ...offset], sizes: output.shape, steps: [1, 1, ...strides] };
}

/** The elements that every window has at one offset. */
function offsetSlice(padded: Tensor, offset: Offset, output: Tensor, { strides }: PoolAttributes): Tensor {
  return slice(padded, [
    null,
    null,
    ...offset.map((start, i) => ({
      start,
      stop: start + ((output.shape[i + 2] as number) - 1) * strides[i]! + 1,
      step: strides[i]!,
    })),
  ]);
}

function scatterOffset(g: Tensor, padded: Tensor, offset: Offset, attributes: PoolAttributes): Tensor {
  return sliceAdjoint(g, padded, sliceAttributes(g, offset, attributes));
}

function unpad(x: Tensor, like: Tensor, { padding }: PoolAttributes): Tensor {
  const ranges = padding.map(([before], i) => ({
    start: before,
    stop: before + (like.shape[i + 2] as number),
  }));
  return slice(x, [null, null, ...ranges]);
}

/** How many elements of each window are not padding, shaped (1, 1, rows, columns). */
function insideCounts(x: Tensor, output: Tensor, attributes: PoolAttributes): Tensor {
  const inside = pad(full([1, 1, ...x.shape.slice(2)], 1, x.dtype), paddingOf(attributes));
  const counted = windowOffsets(attributes).map((offset) => offsetSlice(inside, offset, output, attributes));
  return cast(counted.reduce(add), x.dtype);
}
