import { ShapeError } from '@softvq/core';
import type { ReduceAttributes } from '@softvq/core/graph';
import type { Engine, Tensor, Tf } from '../engine.js';
import { aroundAxis, elementCount, type Kernel, type Kernels } from './kernel.js';
import { transpose } from './transpose.js';

/** An operation of tfjs that folds an axis. */
type Fold = (tf: Tf, x: Tensor, axis: number) => Tensor;

/** The axes to be folded as one: (outer, folded, inner). */
function gatherAxes(engine: Engine, x: Tensor, axes: readonly number[]): Tensor {
  const first = axes[0]!;
  const count = elementCount(axes.map((axis) => x.shape[axis]!));
  const isOneRun = axes.at(-1)! - first === axes.length - 1;
  if (isOneRun) {
    return x.reshape([
      elementCount(x.shape.slice(0, first)),
      count,
      elementCount(x.shape.slice(first + axes.length)),
    ]);
  }
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return transpose(engine, x, [...kept, ...axes]).reshape([x.size / count, count, 1]);
}

function reduction<Name extends 'sum' | 'mean' | 'prod' | 'max' | 'min'>(
  fold: Fold,
  ofNothing: number | undefined,
): Kernel<Name> {
  return (engine, [x], { attributes, shape, dtype }) => {
    const { axes } = attributes as ReduceAttributes;
    if (ofNothing === undefined) assertNotEmpty(x!, axes);
    else if (x!.size === 0) return engine.tf.fill([...shape], ofNothing, dtype);
    if (axes.length === 0) return x!;
    return fold(engine.tf, gatherAxes(engine, x!, axes), 1).reshape([...shape]);
  };
}

/** Only symbolic sizes can be 0 here: static ones were refused when the graph was made. */
function assertNotEmpty({ shape }: Tensor, axes: readonly number[]): void {
  if (axes.some((axis) => shape[axis] === 0)) {
    throw new ShapeError(`the extreme over an axis of size 0 of shape [${shape.join(', ')}] has no value`);
  }
}

function extremePosition(fold: Fold): Kernel<'argmax' | 'argmin'> {
  return ({ tf }, [x], { attributes: { axis }, shape }) => {
    assertNotEmpty(x!, [axis]);
    return fold(tf, x!.reshape(aroundAxis(x!.shape, axis)), 1).reshape([...shape]);
  };
}

export const reductions: Kernels<
  'sum' | 'mean' | 'prod' | 'max' | 'min' | 'argmax' | 'argmin' | 'cumsum' | 'topKIndices'
> = {
  sum: reduction((tf, x, axis) => tf.sum(x, axis), 0),
  mean: reduction((tf, x, axis) => tf.mean(x, axis), Number.NaN),
  prod: reduction((tf, x, axis) => tf.prod(x, axis), 1),
  max: reduction((tf, x, axis) => tf.max(x, axis), undefined),
  min: reduction((tf, x, axis) => tf.min(x, axis), undefined),

  argmax: extremePosition((tf, x, axis) => tf.argMax(x, axis)),
  argmin: extremePosition((tf, x, axis) => tf.argMin(x, axis)),

  cumsum: ({ tf }, [x], { attributes: { axis, exclusive, reverse }, shape }) =>
    tf.cumsum(x!.reshape(aroundAxis(x!.shape, axis)), 1, exclusive, reverse).reshape([...shape]),

  // tfjs looks along the last axis, and for the largest only.
  topKIndices: (engine, [x], { attributes: { axis, k, largest }, shape }) => {
    const { tf } = engine;
    const [before, size, within] = aroundAxis(x!.shape, axis);
    if (k > size) throw new ShapeError(`topKIndices: k = ${k} of an axis with ${size} elements`);
    const lines = transpose(engine, x!.reshape([before, size, within]), [0, 2, 1]);
    const { indices } = tf.topk(largest ? lines : tf.neg(lines), k);
    return transpose(engine, indices, [0, 2, 1]).reshape([...shape]);
  },
};
