import { offsetsOf, rowMajorStrides } from '../../reference/strides.js';
import type { Engine, Tensor } from '../engine.js';
import { elementCount } from './kernel.js';

/** The most axes that tfjs can bring into another order on every device. */
const mostAxes = 6;

/** Axis i of the result is axis `permutation[i]` of the input. */
export function transpose({ tf }: Engine, x: Tensor, permutation: readonly number[]): Tensor {
  const shape = permutation.map((axis) => x.shape[axis]!);
  const runs = axesThatStayTogether(x.shape, permutation);
  if (runs.every((run, i) => i === 0 || run[0]! > runs[i - 1]![0]!)) return x.reshape(shape);
  if (runs.length > mostAxes) return transposeByPosition(tf, x, permutation).reshape(shape);
  const inOrder = runs.toSorted((a, b) => a[0]! - b[0]!);
  const joined = x.reshape(inOrder.map((run) => elementCount(run.map((axis) => x.shape[axis]!))));
  return tf
    .transpose(
      joined,
      runs.map((run) => inOrder.indexOf(run)),
    )
    .reshape(shape);
}

/** Axes of more than one element, grouped where neighbours remain neighbours; in the order of the result. */
function axesThatStayTogether(shape: readonly number[], permutation: readonly number[]): number[][] {
  const moving = permutation.filter((axis) => shape[axis] !== 1);
  const rank = (axis: number) => moving.filter((other) => other < axis).length;
  const runs: number[][] = [];
  for (const axis of moving) {
    const last = runs.at(-1)?.at(-1);
    if (last !== undefined && rank(axis) === rank(last) + 1) runs.at(-1)!.push(axis);
    else runs.push([axis]);
  }
  return runs;
}

/** The elements of the result looked up one by one: slow, and for any number of axes. */
function transposeByPosition(tf: Engine['tf'], x: Tensor, permutation: readonly number[]): Tensor {
  const strides = rowMajorStrides(x.shape);
  const offsets = offsetsOf(
    permutation.map((axis) => x.shape[axis]!),
    permutation.map((axis) => strides[axis]!),
  );
  return tf.gather(x.reshape([-1]), tf.tensor1d(offsets, 'int32'));
}
