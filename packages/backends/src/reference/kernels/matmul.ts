import { broadcastStrides, offsetsOf, rowMajorStrides } from '../strides.js';
import type { Value } from '../value.js';
import { elementCount, type Kernels } from './kernel.js';

/** The matrices of an operand: where each of the result's batch starts, and how to step in it. */
function matricesOf({ shape }: Value, transposed: boolean, batch: readonly number[]) {
  const strides = rowMajorStrides(shape);
  const [rowStride, columnStride] = strides.slice(-2) as [number, number];
  const inBatch = broadcastStrides(shape.slice(0, -2), batch).map(
    (stride) => stride * elementCount(shape.slice(-2)),
  );
  return {
    starts: offsetsOf(batch, inBatch),
    row: transposed ? columnStride : rowStride,
    column: transposed ? rowStride : columnStride,
    columns: shape.at(transposed ? -2 : -1)!,
  };
}

export const matmul: Kernels<'matmul'> = {
  matmul: ([a, b], { attributes: { transposeA, transposeB }, shape }) => {
    const result = new Float64Array(elementCount(shape));
    const batch = shape.slice(0, -2);
    const [rows, columns] = shape.slice(-2) as [number, number];
    const left = matricesOf(a!, transposeA, batch);
    const right = matricesOf(b!, transposeB, batch);
    const inner = left.columns;
    for (const [matrix, startA] of left.starts.entries()) {
      const startB = right.starts[matrix]!;
      for (let i = 0; i < rows; i++) {
        const row = (matrix * rows + i) * columns;
        for (let k = 0; k < inner; k++) {
          const factor = a!.data[startA + i * left.row + k * left.column]!;
          const from = startB + k * right.row;
          for (let j = 0; j < columns; j++) result[row + j]! += factor * b!.data[from + j * right.column]!;
        }
      }
    }
    return result;
  },
};
