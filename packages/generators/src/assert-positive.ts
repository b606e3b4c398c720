import { ArgumentError } from '@softvq/core';

/** @throws ArgumentError for a number that is given and is not above 0. */
export function assertPositive(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return;
  throw new ArgumentError(`${name} is a number above 0, not ${value}`);
}
