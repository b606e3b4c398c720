import { formatShape, type HostTensor, SoftVQError } from '@softvq/core';
import type { HostRecord } from './compute.js';

/** How far results may be apart that differ in the order of rounding only: relative L2 error. */
const tolerance = 1e-5;

/** Throws unless a tensor has the shape, in float32. */
export function expectShape({ shape, dtype }: HostTensor, expected: readonly number[], what: string): void {
  const [given, wanted] = [`${dtype}${formatShape(shape)}`, `float32${formatShape(expected)}`];
  if (given !== wanted) throw new Error(`${what}: ${given} must be ${wanted}`);
}

/** Throws unless results are the same, bit for bit. */
export function expectSameBits(actual: HostRecord, expected: HostRecord, what: string): void {
  for (const [name, got, wanted] of pairs(actual, expected, what)) {
    const [bytes, wantedBytes] = [bytesOf(got), bytesOf(wanted)];
    const differing = bytes.findIndex((byte, i) => byte !== wantedBytes[i]);
    if (differing >= 0) throw new Error(`${what}: ${name} differ from byte ${differing} on`);
  }
}

/** Throws unless results are the same but for rounding. */
export function expectClose(actual: HostRecord, expected: HostRecord, what: string): void {
  for (const [name, got, wanted] of pairs(actual, expected, what)) {
    const error = relativeError(got, wanted);
    // Written so that an error that is not a number fails, too.
    if (!(error <= tolerance)) {
      throw new Error(`${what}: relative error of ${name} ${error.toExponential(2)} is above ${tolerance}`);
    }
  }
}

/** Throws for the first number that is not finite. */
export function expectFinite(results: HostRecord, what: string): void {
  for (const [name, { data }] of Object.entries(results)) {
    const position = Array.from(data, Number).findIndex((each) => !Number.isFinite(each));
    if (position >= 0) throw new Error(`${what}: element ${position} of ${name} is ${data[position]}`);
  }
}

/** Throws unless a call is refused at once with an error of the code. */
export function expectRefusal(call: () => unknown, code: SoftVQError['code'], what: string): void {
  let error: unknown;
  try {
    call();
  } catch (caught) {
    error = caught;
  }
  if (error === undefined) throw new Error(`${what} was not refused`);
  const given = error instanceof SoftVQError ? error.code : String(error);
  if (given !== code) {
    throw new Error(`${what} was refused by "${given}" and must be by "${code}"`, { cause: error });
  }
}

function pairs(
  actual: HostRecord,
  expected: HostRecord,
  what: string,
): (readonly [string, HostTensor, HostTensor])[] {
  return Object.entries(expected).map(([name, wanted]) => {
    const got = actual[name];
    if (got === undefined) throw new Error(`${what}: there are no ${name}`);
    expectShape(got, wanted.shape, `${what}: ${name}`);
    return [name, got, wanted] as const;
  });
}

function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function relativeError(actual: HostTensor, expected: HostTensor): number {
  let difference = 0;
  let magnitude = 0;
  for (const [i, wanted] of Array.from(expected.data, Number).entries()) {
    difference += (Number(actual.data[i]) - wanted) ** 2;
    magnitude += wanted ** 2;
  }
  // Relative to nothing there is no error: then it counts as it is.
  return Math.sqrt(difference / (magnitude === 0 ? 1 : magnitude));
}
