import { SoftVQError, type Tensor } from '@softvq/core';
import type { Check } from '../check.js';
import { assertNumbersClose, numbersOf } from '../comparison.js';

/** Checks of one area, by name. */
export function checksOf(subject: string, runs: Readonly<Record<string, Check['run']>>): Check[] {
  return Object.entries(runs).map(([name, run]) => ({ subject, name, run }));
}

/** Float32 results of a few operations on small numbers. */
export async function expectNumbers(
  actual: Tensor,
  expected: readonly number[],
  what = 'the result',
): Promise<void> {
  assertNumbersClose(numbersOf(await actual.host()), expected, 1e-5, what);
}

export function expectEqual<Value extends string | number | boolean>(
  actual: Value,
  expected: Value,
  what: string,
): void {
  if (actual !== expected) throw new Error(`${what} is ${actual} and must be ${expected}`);
}

/** Throws unless something is refused, with an error of the given code if one is given. */
export async function expectRefusal(
  attempt: Promise<unknown> | (() => unknown),
  what: string,
  code?: SoftVQError['code'],
): Promise<void> {
  let error: unknown;
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
  } catch (caught) {
    error = caught;
  }
  if (error === undefined) throw new Error(`${what} was not refused`);
  const given = error instanceof SoftVQError ? error.code : String(error);
  if (code !== undefined && given !== code) {
    throw new Error(`${what} was refused by "${given}" and must be by "${code}"`, { cause: error });
  }
}
