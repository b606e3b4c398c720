import { Float16Array } from '@petamoriken/float16';
import { describe, expect, it } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from '../../src/tensor/half.js';

const everyPattern = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
const isNan = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

/** The value of a float16 by its definition. */
function valueOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

describe('float16', () => {
  it('widens every pattern exactly', () => {
    expect(float16ToFloat32(everyPattern)).toEqual(Float32Array.from(everyPattern, valueOfHalf));
  });

  it('comes back from float32 as it was', () => {
    const back = float32ToFloat16(float16ToFloat32(everyPattern));
    expect(back.filter((bits, index) => bits !== index && !isNan(index))).toEqual(new Uint16Array(0));
    expect(everyPattern.filter(isNan).every((index) => isNan(back[index]!))).toBe(true);
  });

  it.each([
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -20, 0x3c01],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [-1e30, 0xfc00],
    [2 ** -25, 0],
    [1.5 * 2 ** -25, 1],
    [-0, 0x8000],
  ])('rounds %d to the nearest, ties to even', (value, bits) => {
    expect([...float32ToFloat16(Float32Array.of(value))]).toEqual([bits]);
  });

  it('reads and writes any part of a buffer and leaves it alone', () => {
    const halves = Uint16Array.of(0, 0x3c00, 0x4000).subarray(1);
    expect([...float16ToFloat32(halves)]).toEqual([1, 2]);
    const floats = Float32Array.of(0, 1, 2).subarray(1);
    const rounded = float32ToFloat16(floats);
    expect([...rounded]).toEqual([0x3c00, 0x4000]);
    rounded[0] = 0;
    expect([...floats]).toEqual([1, 2]);
  });

  it('agrees with a float16 array', () => {
    const values = Float32Array.from(
      { length: 1000 },
      (_, index) => Math.sin(index) * 2 ** ((index % 50) - 30),
    );
    expect([...float16ToFloat32(float32ToFloat16(values))]).toEqual([...new Float16Array(values)]);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    const widened = new Uint32Array(bfloat16ToFloat32(everyPattern).buffer);
    expect(widened.every((bits, index) => bits === index * 0x10000)).toBe(true);
    expect([...bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc049, 0xff80))]).toEqual([
      1,
      -3.140625,
      Number.NEGATIVE_INFINITY,
    ]);
  });
});
