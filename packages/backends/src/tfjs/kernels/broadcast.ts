import type { Engine, Tensor } from '../engine.js';
import { aroundAxis, wellSupportedRank } from './kernel.js';

/** A tensor repeated along its axes of size 1, and along added ones in front, to a larger shape. */
export function broadcastTo({ tf }: Engine, x: Tensor, shape: readonly number[]): Tensor {
  const padded = [...shape.slice(x.shape.length).map(() => 1), ...x.shape];
  const repeats = shape.map((size, axis) => (padded[axis] === size ? 1 : size));
  if (repeats.every((count) => count === 1)) return x.reshape([...shape]);
  if (shape.length <= wellSupportedRank) return tf.tile(x.reshape(padded), repeats);
  return repeats.reduce((part, count, axis) => {
    if (count === 1) return part;
    const [before, , within] = aroundAxis(part.shape, axis);
    return tf.tile(part.reshape([before, 1, within]), [1, count, 1]).reshape(part.shape.with(axis, count));
  }, x.reshape(padded));
}
