import { resizeWeights } from '@softvq/core';

/** A matrix, row-major. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** The matrix (to, from) that resizes one axis by the cubic kernel with antialiasing, as PyTorch does. */
export function bicubicMatrix(from: number, to: number): Matrix {
  const weights = resizeWeights(from, to, {
    method: 'bicubic',
    antialias: true,
    cubicCoefficient: -0.5,
    coordinates: 'half-pixel',
  });
  return { rows: to, columns: from, values: Float64Array.from(weights) };
}

/**
 * The matrix (to, from) that resizes one axis of a patch kernel so that resized kernels give to resized patches what
 * the kernels gave to patches: the pseudoinverse of the transpose of `bicubicMatrix` (Beyer et al., "FlexiViT", 2023,
 * "PI-resize").
 */
export function pseudoinverseResizeMatrix(from: number, to: number): Matrix {
  const resize = bicubicMatrix(from, to);
  const flipped = transposed(resize);
  // Rows or columns, whichever are fewer, are independent, so that their products have an inverse.
  return to >= from
    ? product(resize, inverse(product(flipped, resize)))
    : product(inverse(product(resize, flipped)), resize);
}

/** A · image · Aᵀ for every image (rows, columns) of a list of them: both axes resized by one matrix. */
export function resizeImages(images: ArrayLike<number>, matrix: Matrix): Float32Array {
  const { rows: to, columns: from } = matrix;
  const flipped = transposed(matrix);
  const count = images.length / from ** 2;
  const resized = new Float32Array(count * to ** 2);
  for (let i = 0; i < count; i++) {
    const values = Float64Array.from({ length: from ** 2 }, (_, place) => images[i * from ** 2 + place]!);
    const both = product(product(matrix, { rows: from, columns: from, values }), flipped);
    resized.set(both.values, i * to ** 2);
  }
  return resized;
}

function transposed({ rows, columns, values }: Matrix): Matrix {
  const flipped = Float64Array.from(
    { length: values.length },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!,
  );
  return { rows: columns, columns: rows, values: flipped };
}

function product(a: Matrix, b: Matrix): Matrix {
  const values = new Float64Array(a.rows * b.columns);
  for (let row = 0; row < a.rows; row++) {
    for (let inner = 0; inner < a.columns; inner++) {
      const factor = a.values[row * a.columns + inner]!;
      for (let column = 0; column < b.columns; column++) {
        const place = row * b.columns + column;
        values[place] = values[place]! + factor * b.values[inner * b.columns + column]!;
      }
    }
  }
  return { rows: a.rows, columns: b.columns, values };
}

/** Of a symmetric positive definite matrix, by Gauss-Jordan elimination, which then needs no pivoting. */
function inverse({ rows: size, values }: Matrix): Matrix {
  const left = values.slice();
  const right = Float64Array.from({ length: size * size }, (_, i) =>
    Number(i % size === Math.floor(i / size)),
  );
  for (let pivot = 0; pivot < size; pivot++) {
    const scale = 1 / left[pivot * size + pivot]!;
    for (const side of [left, right]) {
      for (let column = 0; column < size; column++) side[pivot * size + column]! *= scale;
    }
    for (let row = 0; row < size; row++) {
      const factor = left[row * size + pivot]!;
      if (row === pivot || factor === 0) continue;
      for (const side of [left, right]) {
        for (let column = 0; column < size; column++) {
          side[row * size + column]! -= factor * side[pivot * size + column]!;
        }
      }
    }
  }
  return { rows: size, columns: size, values: right };
}
