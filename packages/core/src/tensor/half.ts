import { Float16Array } from '@petamoriken/float16';

/** float32 bits of every float16 bit pattern; built on first use. */
let float32BitsOfHalf: Uint32Array | undefined;

function halfTable(): Uint32Array {
  if (float32BitsOfHalf === undefined) {
    const patterns = new Uint16Array(0x10000);
    for (let bits = 0; bits < patterns.length; bits++) patterns[bits] = bits;
    float32BitsOfHalf = new Uint32Array(Float32Array.from(new Float16Array(patterns.buffer)).buffer);
  }
  return float32BitsOfHalf;
}

/**
 * Widens IEEE half-precision bit patterns, exactly.
 *
 * @param halves float16 bits, as a `float16` host array holds them.
 * @returns a new array of the same length.
 */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  const table = halfTable();
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = table[halves[index]!]!;
  return new Float32Array(bits.buffer);
}

/**
 * Rounds to IEEE half precision, ties to even. Magnitudes from 65520 up become infinite.
 *
 * @returns the bit patterns, as a `float16` host array holds them; a new array of the same length.
 */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  return new Uint16Array(new Float16Array(values).buffer);
}

/**
 * Widens bfloat16 bit patterns, exactly: a bfloat16 is the upper half of a float32.
 *
 * @param halves bfloat16 bits.
 * @returns a new array of the same length.
 */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = halves[index]! << 16;
  return new Float32Array(bits.buffer);
}
