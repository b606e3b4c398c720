import type { Tensor } from '@softvq/core';
import { relativeError } from './golden-file.js';

/** Largest relative errors of golden vectors: of one network or function, of gradients, of whole sampling loops. */
export const tolerance = { output: 1e-4, gradient: 1e-3, loop: 1e-3 } as const;

/** A golden vector and how far a backend is from it. */
export interface GoldenFigure {
  readonly name: string;
  /** ‖a − b‖ / ‖b‖ for what is computed (a) and expected (b). */
  readonly error: number;
  readonly kind: keyof typeof tolerance;
}

/** Compares a result with what is expected of it, and frees it. */
export async function figure(
  name: string,
  kind: GoldenFigure['kind'],
  actual: Tensor,
  expected: Tensor,
): Promise<GoldenFigure> {
  const error = await relativeError(actual, expected);
  actual.dispose();
  return { name, kind, error };
}

/** Figures whose error is more than the tolerance times `slack`. */
export function figuresOff(figures: readonly GoldenFigure[], slack = 1): GoldenFigure[] {
  return figures.filter(({ kind, error }) => !(error < tolerance[kind] * slack));
}
