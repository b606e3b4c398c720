import { float16ToFloat32, type Tensor, tensor } from '@softvq/core';

/** The elements as numbers, row-major. */
export async function numbersOf(x: Tensor): Promise<number[]> {
  const data = await x.data();
  return x.dtype === 'float16' ? [...float16ToFloat32(data as Uint16Array)] : Array.from(data, Number);
}

/** ‖a - b‖ / ‖b‖. */
export async function relativeError(a: Tensor, b: Tensor): Promise<number> {
  const [left, right] = await Promise.all([numbersOf(a), numbersOf(b)]);
  if (String(a.shape) !== String(b.shape)) throw new Error(`shapes ${a.shape} and ${b.shape} differ`);
  return norm(left.map((x, i) => x - right[i]!)) / norm(right);
}

export function norm(numbers: readonly number[]): number {
  return Math.hypot(...numbers);
}

/** Numbers that look arbitrary and are the same every time, in (-1, 1). */
export function arbitrary(shape: readonly number[], salt = 0): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float64Array.from({ length: count }, (_, i) =>
    Math.sin(12.9898 * (i + 1) + 78.233 * (salt + 1)),
  );
  return tensor(data, { shape });
}
