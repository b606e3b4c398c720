import { ArgumentError } from '@softvq/core';

/**
 * Moves times in [0, 1] towards noise (t = 1) by a factor, as larger images need it (Esser et al., "Scaling Rectified
 * Flow Transformers for High-Resolution Image Synthesis", 2024, eq. 23). The ends stay; 1 changes nothing.
 */
export function shiftTime(t: number, shift: number): number {
  return shift === 1 ? t : (shift * t) / (1 + (shift - 1) * t);
}

/** @throws ArgumentError unless the factor is a number above 0. */
export function assertTimeShift(shift: number): void {
  if (!(Number.isFinite(shift) && shift > 0)) {
    throw new ArgumentError(`a time shift is a number above 0, with 1 for none, not ${shift}`);
  }
}
