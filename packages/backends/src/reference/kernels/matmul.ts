import { broadcastStrides, offsetsOf } from '../strides.js';
import type { Value } from '../value.js';
import { elementCount, type Kernels } from './kernel.js';
import { addWeightedRows } from './weighted-rows.js';

/** Where each matrix of the result's batch starts in an operand. */
function startsOf({ shape }: Value, batch: readonly number[]): Int32Array {
  const size = elementCount(shape.slice(-2));
  const strides = broadcastStrides(shape.slice(0, -2), batch).map((stride) => stride * size);
  return offsetsOf(batch, strides);
}

/** The elements of all matrices with rows and columns exchanged. */
function transposed({ data, shape }: Value): Float64Array {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const result = new Float64Array(data.length);
  for (let start = 0; start < data.length; start += rows * columns) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++)
        result[start + column * rows + row] = data[start + row * columns + column]!;
    }
  }
  return result;
}

export const matmul: Kernels<'matmul'> = {
  matmul: ([a, b], { attributes: { transposeA, transposeB }, shape }) => {
    const result = new Float64Array(elementCount(shape));
    const batch = shape.slice(0, -2);
    const [rows, width] = shape.slice(-2) as [number, number];
    const count = a!.shape.at(transposeA ? -2 : -1)!;
    const data = transposeB ? transposed(b!) : b!.data;
    const [rowStep, step] = transposeA ? [1, rows] : [count, 1];
    const startsA = startsOf(a!, batch);
    const startsB = startsOf(b!, batch);
    for (const [matrix, startA] of startsA.entries()) {
      const right = { data, from: startsB[matrix]!, count, width };
      for (let row = 0; row < rows; row++) {
        const factors = { data: a!.data, from: startA + row * rowStep, step };
        addWeightedRows(result, (matrix * rows + row) * width, factors, right);
      }
    }
    return result;
  },
};
