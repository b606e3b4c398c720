import { ArgumentError } from '@softvq/core';

/** @throws ArgumentError for a bound that is not above 0. */
export function assertClipDenoised(bound: number | undefined): void {
  if (bound === undefined || (Number.isFinite(bound) && bound > 0)) return;
  throw new ArgumentError(`clipDenoised is a number above 0, not ${bound}`);
}
