import { ShapeError } from '@softvq/core';
import { evaluateShape } from '@softvq/core/graph';
import type { Engine, Tensor, Tf } from '../engine.js';
import { broadcastTo } from './broadcast.js';
import { aroundAxis, type Kernels, wellSupportedRank } from './kernel.js';
import { asElement } from './sources.js';
import { transpose } from './transpose.js';

/** Only ranges on symbolic axes can leave the input: static ones were checked when the graph was made. */
function assertInside(size: number, { start, count, step }: Range): void {
  const last = start + (count - 1) * step;
  if (start < 0 || start >= size || last < 0 || last >= size) {
    throw new ShapeError(
      `slice: ${count} elements from ${start} on, ${step} apart, of an axis of size ${size}`,
    );
  }
}

interface Range {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** Some elements of an axis, of at least one. */
function sliceAxis({ tf }: Engine, x: Tensor, axis: number, { start, count, step }: Range): Tensor {
  const distance = Math.abs(step);
  const lowest = step > 0 ? start : start + (count - 1) * step;
  const [before, size, within] = aroundAxis(x.shape, axis);
  const reached = (count - 1) * distance + 1;
  const result = x.shape.with(axis, count);
  let part = x.reshape([before, size, within]);
  if (reached !== size) part = tf.slice(part, [0, lowest, 0], [before, reached, within]);
  if (distance > 1 && count > 1) {
    // Every element with those after it as one row, of which the first is taken.
    const filled = tf.pad(part, [
      [0, 0],
      [0, distance - 1],
      [0, 0],
    ]);
    part = tf.slice(filled.reshape([before, count, distance * within]), [0, 0, 0], [before, count, within]);
  }
  return (step < 0 ? reverse(tf, part) : part).reshape(result);
}

/** The middle axis of three backwards. The wasm device takes every element for four bytes, and bool has one. */
function reverse(tf: Tf, x: Tensor): Tensor {
  return x.dtype === 'bool' ? tf.cast(tf.reverse(tf.cast(x, 'int32'), 1), 'bool') : tf.reverse(x, 1);
}

/** `value` around a tensor. */
export function pad(
  { tf }: Engine,
  x: Tensor,
  amounts: readonly (readonly [before: number, after: number])[],
  value = 0,
): Tensor {
  if (amounts.flat().every((count) => count === 0)) return x;
  if (x.shape.length <= wellSupportedRank) {
    return tf.pad(
      x,
      amounts.map(([before, after]) => [before, after]),
      value,
    );
  }
  return amounts.reduce((part, [before, after], axis) => {
    if (before === 0 && after === 0) return part;
    const [outer, size, within] = aroundAxis(part.shape, axis);
    const padded = tf.pad(
      part.reshape([outer, size, within]),
      [
        [0, 0],
        [before, after],
        [0, 0],
      ],
      value,
    );
    return padded.reshape(part.shape.with(axis, before + size + after));
  }, x);
}

export const movement: Kernels<'reshape' | 'transpose' | 'broadcastTo' | 'slice' | 'pad' | 'concat'> = {
  reshape: (_, [x], { shape }) => x!.reshape([...shape]),

  transpose: (engine, [x], { attributes: { permutation } }) => transpose(engine, x!, permutation),

  broadcastTo: (engine, [x], { shape }) => broadcastTo(engine, x!, shape),

  slice: (engine, [x], { attributes, shape, bindings }) => {
    const starts = evaluateShape(attributes.starts, bindings);
    const ranges = shape.map((count, axis) => ({
      start: starts[axis]!,
      count,
      step: attributes.steps[axis]!,
    }));
    for (const [axis, range] of ranges.entries()) assertInside(x!.shape[axis]!, range);
    if (shape.length <= wellSupportedRank && attributes.steps.every((step) => step === 1)) {
      return engine.tf.slice(x!, starts, [...shape]);
    }
    return ranges.reduce((part, range, axis) => {
      const isWhole = range.count === part.shape[axis] && range.step === 1;
      return isWhole ? part : sliceAxis(engine, part, axis, range);
    }, x!);
  },

  pad: (engine, [x], { attributes, shape, dtype, bindings }) => {
    const value = asElement(attributes.value, dtype);
    if (x!.size === 0) return engine.tf.fill([...shape], value, dtype);
    const [before, after] = [
      evaluateShape(attributes.before, bindings),
      evaluateShape(attributes.after, bindings),
    ];
    return pad(
      engine,
      x!,
      before.map((count, axis) => [count, after[axis]!]),
      value,
    );
  },

  concat: ({ tf }, inputs, { attributes: { axis }, shape }) => {
    const parts = inputs.filter(({ size }) => size > 0);
    return tf
      .concat(
        parts.map((part) => part.reshape(aroundAxis(part.shape, axis))),
        1,
      )
      .reshape([...shape]);
  },
};
