import { ArgumentError } from '@softvq/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { FeatureStatistics } from './feature-statistics.js';

/**
 * Squared Fréchet distance between two normal distributions, ‖μ₁ - μ₂‖² + tr(Σ₁ + Σ₂ - 2(Σ₁Σ₂)^½) (Heusel et al. 2017,
 * eq. 6). Over features of an Inception network it is the FID.
 *
 * The trace of the root is that of the symmetric (Σ₁^½ Σ₂ Σ₁^½)^½, which has the same eigenvalues and none that are
 * complex.
 *
 * @throws ArgumentError for features of different widths.
 */
export function frechetDistance(first: FeatureStatistics, second: FeatureStatistics): number {
  const size = first.mean.length;
  if (second.mean.length !== size) {
    throw new ArgumentError(
      `frechetDistance: features of ${size} and ${second.mean.length} columns are not of one network`,
    );
  }
  let distance = 0;
  for (let i = 0; i < size; i++) {
    distance += (first.mean[i]! - second.mean[i]!) ** 2;
    distance += first.covariance[i * size + i]! + second.covariance[i * size + i]!;
  }
  const root = squareRoot(asMatrix(first.covariance, size));
  const product = root.mmul(asMatrix(second.covariance, size)).mmul(root);
  return Math.max(0, distance - 2 * traceOfRoot(product));
}

function asMatrix(covariance: Float64Array, size: number): Matrix {
  return Matrix.from1DArray(size, size, covariance);
}

/** The symmetric root of a symmetric matrix without negative eigenvalues but for rounding. */
function squareRoot(matrix: Matrix): Matrix {
  const { eigenvectorMatrix: vectors, realEigenvalues } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const roots = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  return vectors.mmul(Matrix.diag(roots)).mmul(vectors.transpose());
}

function traceOfRoot(matrix: Matrix): number {
  // Rounding leaves the product not quite symmetric.
  const symmetric = Matrix.add(matrix, matrix.transpose()).div(2);
  const { realEigenvalues } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return realEigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}
