import { offsetsOf, rowMajorStrides } from '../strides.js';
import { elementCount } from './kernel.js';

/** How windows lie over the axes of space; one number or pair an axis. */
export interface WindowGeometry {
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
}

/**
 * What each window sees: for each position of a window (row-major) and each element within it, the element of
 * space it lies on, or -1 for padding.
 */
export function windowTable(
  space: readonly number[],
  window: readonly number[],
  positions: readonly number[],
  { strides, padding, dilation }: WindowGeometry,
): Int32Array {
  const count = elementCount(positions);
  const size = elementCount(window);
  const table = new Int32Array(count * size);
  const spaceStrides = rowMajorStrides(space);
  for (const [axis, spaceSize] of space.entries()) {
    const unit = (sizes: readonly number[]) =>
      offsetsOf(
        sizes,
        sizes.map((_, other) => Number(other === axis)),
      );
    const tapAlongAxis = unit(window);
    for (const [position, along] of unit(positions).entries()) {
      const first = along * strides[axis]! - padding[axis]![0];
      for (const [tap, within] of tapAlongAxis.entries()) {
        const at = first + within * dilation[axis]!;
        const entry = position * size + tap;
        const inside = table[entry]! >= 0 && at >= 0 && at < spaceSize;
        table[entry] = inside ? table[entry]! + at * spaceStrides[axis]! : -1;
      }
    }
  }
  return table;
}
