import { ArgumentError } from '../errors.js';

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The least float32 that is at least `value`; infinity when there is none. */
export function float32AtLeast(value: number): number {
  float[0] = value;
  return float[0]! >= value ? float[0]! : neighbour(float[0]!, 1);
}

/** The greatest float32 that is at most `value`. */
export function float32AtMost(value: number): number {
  return -float32AtLeast(-value);
}

/** The greatest float32 below `value`. */
export function float32Below(value: number): number {
  const most = float32AtMost(value);
  return most < value ? most : neighbour(most, -1);
}

/** Throws unless a float32 lies from `least` to `greatest`, given as float32 numbers. */
export function assertNotEmpty(least: number, greatest: number, what: string): void {
  if (!(least <= greatest)) throw new ArgumentError(`no float32 lies ${what}`);
}

/** The next float32 upwards (`direction` 1) or downwards (-1). Both zeros count as one. */
function neighbour(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 2 ** -149;
  if (!Number.isFinite(value))
    return value > 0 === direction > 0 ? value : direction * -3.4028234663852886e38;
  float[0] = value;
  bits[0] = bits[0]! + (value > 0 === direction > 0 ? 1 : -1);
  return float[0]!;
}
