import type { Engine, Tensor } from '../engine.js';
import { broadcastTo } from './broadcast.js';
import { elementCount, type Kernels } from './kernel.js';
import { transpose } from './transpose.js';

/** A stack of matrices that takes part in a product, perhaps with its last two axes exchanged. */
interface Operand {
  readonly matrices: Tensor;
  readonly transposed: boolean;
}

/**
 * An operand as the device multiplies it well: wasm has its fast kernels for operands in order only (measured at
 * 3,072 × 256 by 256 × 1,024: 40 ms, 3 more for a transposition before, 516 for the kernel that transposes).
 */
function prepare(engine: Engine, { matrices, transposed }: Operand): Operand {
  if (!transposed || engine.device !== 'wasm') return { matrices, transposed };
  const rank = matrices.shape.length;
  const order = matrices.shape.map((_, axis) => axis);
  return {
    matrices: transpose(engine, matrices, [...order.slice(0, -2), rank - 1, rank - 2]),
    transposed: false,
  };
}

/** One axis for the whole stack; of size 1 where every product has the same matrix. */
function asStack(engine: Engine, { matrices, transposed }: Operand, batch: readonly number[]): Operand {
  const own = matrices.shape.slice(0, -2);
  const sizes = matrices.shape.slice(-2);
  const isOne = elementCount(own) === 1;
  const repeated = isOne ? matrices : broadcastTo(engine, matrices, [...batch, ...sizes]);
  return { matrices: repeated.reshape([isOne ? 1 : elementCount(batch), ...sizes]), transposed };
}

export const products: Kernels<'matmul' | 'linear'> = {
  matmul: (engine, [a, b], { attributes: { transposeA, transposeB }, shape, dtype }) => {
    const { tf } = engine;
    if (a!.size === 0) return tf.zeros([...shape], dtype);
    const left = prepare(engine, { matrices: a!, transposed: transposeA });
    const right = prepare(engine, { matrices: b!, transposed: transposeB });
    // One matrix on the right: all rows on the left are rows of one product.
    if (b!.shape.length === 2 && !left.transposed) {
      const rows = left.matrices.reshape([-1, left.matrices.shape.at(-1)!]);
      return tf.matMul(rows, right.matrices, false, right.transposed).reshape([...shape]);
    }
    const batch = shape.slice(0, -2);
    const [first, second] = [asStack(engine, left, batch), asStack(engine, right, batch)];
    return tf
      .matMul(first.matrices, second.matrices, first.transposed, second.transposed)
      .reshape([...shape]);
  },

  linear: (engine, [x, weight, bias], { shape, arranged, dtype }) => {
    const { tf } = engine;
    if (x!.size === 0)
      return bias === undefined ? tf.zeros([...shape], dtype) : broadcastTo(engine, bias, shape);
    const { matrices, transposed } = prepare(engine, { matrices: weight!, transposed: !arranged });
    const rows = x!.reshape([-1, x!.shape.at(-1)!]);
    const operands = { a: rows, b: matrices, transposeB: transposed };
    return tf.fused.matMul(bias === undefined ? operands : { ...operands, bias }).reshape([...shape]);
  },
};
