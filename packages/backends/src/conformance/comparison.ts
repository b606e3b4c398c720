import { type DType, float16ToFloat32, formatShape, type HostTensor } from '@softvq/core';
import type { Tolerance } from './options.js';

/** Throws unless two tensors are alike: floats within a relative L2 error, everything else exactly. */
export function assertClose(actual: HostTensor, expected: HostTensor, tolerance: number, what: string): void {
  if (actual.dtype !== expected.dtype || formatShape(actual.shape) !== formatShape(expected.shape)) {
    throw new Error(`${what} is ${formatSpec(actual)} and must be ${formatSpec(expected)}`);
  }
  if (actual.data.constructor !== expected.data.constructor) {
    throw new Error(
      `${what} comes as ${actual.data.constructor.name}, not ${expected.data.constructor.name}`,
    );
  }
  assertNumbersClose(numbersOf(actual), numbersOf(expected), tolerance, what);
}

/** As `assertClose`, for plain numbers. Values that are not finite must be the same. */
export function assertNumbersClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what} has ${actual.length} elements and must have ${expected.length}`);
  }
  let difference = 0;
  let magnitude = 0;
  for (const [i, wanted] of expected.entries()) {
    const got = actual[i]!;
    if (Object.is(got, wanted)) {
      magnitude += Number.isFinite(wanted) ? wanted ** 2 : 0;
      continue;
    }
    if (!Number.isFinite(got) || !Number.isFinite(wanted)) {
      throw new Error(`${what}: element ${i} is ${got} and must be ${wanted}`);
    }
    difference += (got - wanted) ** 2;
    magnitude += wanted ** 2;
  }
  // Relative to nothing there is no error: then it counts as it is.
  const error = Math.sqrt(difference) / (magnitude === 0 ? 1 : Math.sqrt(magnitude));
  if (error > tolerance) {
    const some = (values: readonly number[]) =>
      values
        .slice(0, 6)
        .map((each) => each.toPrecision(7))
        .join(', ');
    throw new Error(
      `${what}: relative error ${error.toExponential(2)} is above ${tolerance.toExponential(0)}; got ${some(actual)} for ${some(expected)}`,
    );
  }
}

/** The elements as numbers, whatever they are stored in. */
export function numbersOf({ dtype, data }: HostTensor): number[] {
  return Array.from(dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : data, Number);
}

/** How far results of an element type may be from the reference. */
export function forwardTolerance({ forward }: Tolerance, dtype: DType): number {
  if (dtype === 'float32') return forward;
  if (dtype === 'float16') return forward * 200;
  return dtype === 'float64' ? forward * 1e-4 : 0;
}

/** How far gradients computed in an element type may be from finite differences. */
export function gradientTolerance({ gradient }: Tolerance, dtype: DType): number {
  return dtype === 'float64' ? gradient : gradient * 10;
}

function formatSpec({ dtype, shape }: HostTensor): string {
  return `${dtype}${formatShape(shape)}`;
}
