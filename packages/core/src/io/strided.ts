import { bytesOf, type HostArray } from '../tensor/dtype.js';

/** Row-major strides, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** The strides, in elements, when the first axis is the innermost: Fortran's order. */
export function columnMajorStrides(shape: readonly number[]): number[] {
  return contiguousStrides(shape.toReversed()).reverse();
}

/** Whether elements at these strides are one row-major run. The strides of axes of one element do not matter. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  const expected = contiguousStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

/** How many consecutive elements a view touches, from its first to its last. */
export function elementSpan(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, size, axis) => last + (size - 1) * strides[axis]!, 0) + 1;
}

/**
 * Copies a strided view into row-major order.
 *
 * @param target as many elements as `shape` has, of the same kind as `source`.
 * @param source the elements from the view's first on.
 * @param strides not negative, in elements.
 */
export function gatherStrided<T extends HostArray>(
  target: T,
  source: T,
  shape: readonly number[],
  strides: readonly number[],
): void {
  if (target.length === 0) return;
  const to = unsignedView(target);
  const from = unsignedView(source);
  const outer = shape.slice(0, -1);
  const innerSize = shape.at(-1) ?? 1;
  const innerStride = strides.at(-1) ?? 1;
  const position = outer.map(() => 0);
  let row = 0;
  for (let written = 0; written < to.length; written += innerSize) {
    for (let index = 0; index < innerSize; index++) to[written + index] = from[row + index * innerStride]!;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      row += strides[axis]!;
      position[axis]! += 1;
      if (position[axis]! < outer[axis]!) break;
      row -= position[axis]! * strides[axis]!;
      position[axis] = 0;
    }
  }
}

/** The bits of the elements as unsigned integers: few enough kinds of array for the copying loop to stay fast. */
function unsignedView(array: HostArray): Uint8Array | Uint16Array | Uint32Array | BigUint64Array {
  const { buffer, byteOffset, length } = array;
  switch (array.BYTES_PER_ELEMENT) {
    case 1:
      return bytesOf(array);
    case 2:
      return new Uint16Array(buffer, byteOffset, length);
    case 4:
      return new Uint32Array(buffer, byteOffset, length);
    default:
      return new BigUint64Array(buffer, byteOffset, length);
  }
}
