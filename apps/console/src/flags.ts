import { resolve } from 'node:path';
import { ArgumentError } from '@softvq/core';

/** npm runs a command in the folder of its package; paths are meant from where it was given. */
export function relativeToCaller(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}

/** @throws ArgumentError unless the text of a flag is a whole number from `least`. */
export function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  throw new ArgumentError(`--${name} must be a whole number from ${least}, not "${text}"`);
}
