import type { Engine, Tensor } from '../engine.js';
import { aroundAxis, type Kernels } from './kernel.js';
import { transpose } from './transpose.js';

/** Lines along an axis as rows of a matrix. */
function asRows(engine: Engine, x: Tensor, axis: number): Tensor {
  const [before, size, within] = aroundAxis(x.shape, axis);
  return transpose(engine, x.reshape([before, size, within]), [0, 2, 1]).reshape([before * within, size]);
}

/** Rows of a matrix as lines along an axis of `shape`. */
function fromRows(engine: Engine, rows: Tensor, axis: number, shape: readonly number[]): Tensor {
  const [before, size, within] = aroundAxis(shape, axis);
  return transpose(engine, rows.reshape([before, within, size]), [0, 2, 1]).reshape([...shape]);
}

/** (row, column) for every index of a matrix that names a column in its own row. */
function placesInRows({ tf }: Engine, columns: Tensor): Tensor {
  const [rows, count] = columns.shape as [number, number];
  const row = tf.tile(tf.range(0, rows, 1, 'int32').reshape([rows, 1]), [1, count]);
  return tf.stack([row.reshape([-1]), columns.reshape([-1])], 1);
}

export const indexing: Kernels<'take' | 'takeAdd' | 'gather' | 'scatterAdd'> = {
  take: ({ tf }, [x, index], { attributes: { axis }, shape }) =>
    tf.gather(x!.reshape(aroundAxis(x!.shape, axis)), index!.reshape([-1]), 1).reshape([...shape]),

  takeAdd: (engine, [x, index, updates], { attributes: { axis }, shape }) => {
    if (index!.size === 0) return x!;
    const { tf } = engine;
    const [before, size, within] = aroundAxis(shape, axis);
    // The slices of an index side by side in one row.
    const slices = transpose(engine, updates!.reshape([before, index!.size, within]), [1, 0, 2]);
    const added = tf.scatterND(index!.reshape([-1, 1]), slices.reshape([index!.size, before * within]), [
      size,
      before * within,
    ]);
    return tf.add(
      x!,
      transpose(engine, added.reshape([size, before, within]), [1, 0, 2]).reshape([...shape]),
    );
  },

  gather: (engine, [x, index], { attributes: { axis }, shape }) => {
    // With batches, tf.gather of the wasm device reads past its tensors.
    const places = placesInRows(engine, asRows(engine, index!, axis));
    return fromRows(engine, engine.tf.gatherND(asRows(engine, x!, axis), places), axis, shape);
  },

  scatterAdd: (engine, [x, index, updates], { attributes: { axis }, shape }) => {
    if (index!.size === 0) return x!;
    const { tf } = engine;
    const places = placesInRows(engine, asRows(engine, index!, axis));
    const target: [number, number] = [x!.size / shape[axis]!, shape[axis]!];
    const added = tf.scatterND(places, asRows(engine, updates!, axis).reshape([-1]), target);
    return tf.add(x!, fromRows(engine, added, axis, shape));
  },
};
