import { ArgumentError } from '@softvq/core';

/** @throws ArgumentError unless a value is one of those known. @param what it is, for the message. */
export function assertOneOf(what: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new ArgumentError(`${what} is one of ${known.join(', ')}, not "${value}"`);
}
