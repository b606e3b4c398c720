import { floor } from '../operations/elementwise.js';
import type { Tensor, TensorLike } from '../tensor/tensor.js';

/** Both halves are whole numbers from 0 to below `base`, in float32. */
export interface Halves {
  readonly left: Tensor;
  readonly right: Tensor;
}

/** Eleven bits a half: the square of the sum of a half and a key then fits the 24 bits of a float32. */
export const base = 2 ** 11;

/**
 * Feistel rounds, one a key, that permute the 22-bit numbers left · 2¹¹ + right. The round function takes the middle
 * bits of (right + key)², which is below 2²⁴: so all numbers are exact in float32, and the result is the same wherever
 * additions and multiplications are rounded correctly, fused or not.
 *
 * @param keys whole numbers from 0 to below `base`.
 */
export function permute(halves: Halves, keys: readonly TensorLike[]): Halves {
  return keys.reduce<Halves>(({ left, right }, key) => {
    const middle = floor(
      right
        .add(key)
        .square()
        .mul(2 ** -6),
    );
    return { left: right, right: modulo(left.add(middle)) };
  }, halves);
}

/** Whole numbers to be permuted. Above 2²² they repeat. */
export function halvesOf(numbers: Tensor): Halves {
  const high = floor(numbers.mul(1 / base));
  return { left: modulo(high), right: numbers.sub(high.mul(base)) };
}

/** The remainder of whole numbers by the base, that is the lower eleven bits. */
export function modulo(numbers: Tensor): Tensor {
  return numbers.sub(floor(numbers.mul(1 / base)).mul(base));
}

/** The 22 bits as a number in [0, 1). */
export function fraction({ left, right }: Halves): Tensor {
  return left.mul(1 / base).add(right.mul(1 / (base * base)));
}
