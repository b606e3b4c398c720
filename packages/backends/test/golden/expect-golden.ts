import { expect } from 'vitest';
import type { GoldenOutcome } from './softvq.js';

/** Largest relative errors of golden figures; those on WebGPU may be ten times as large. */
const tolerance = { output: 1e-4, gradient: 1e-3 } as const;

/** Expects every figure within tolerance, `slack` times what is asked of the CPU. */
export function expectGolden({ figures, wrongIndices }: GoldenOutcome, slack = 1): void {
  expect(figures.length).toBeGreaterThan(7);
  expect(figures.filter(({ kind, error }) => !(error < tolerance[kind] * slack))).toEqual([]);
  expect(wrongIndices).toBe(0);
}
