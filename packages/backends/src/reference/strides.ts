/** Distances between neighbours along each axis of row-major elements. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Strides that read `from` as if it had the larger shape `to`: stretched and added axes do not advance. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = rowMajorStrides(from);
  const added = to.length - from.length;
  return to.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : strides[axis - added]!));
}

/**
 * Walks a shape row by row along its last axis. `visit` gets the number of the row's first element and, for each
 * operand, where it starts; from there an operand advances by its last stride.
 */
export function forEachRow(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (first: number, starts: readonly number[]) => void,
): void {
  if (shape.includes(0)) return;
  const outer = shape.slice(0, -1);
  const length = shape.at(-1) ?? 1;
  const index = outer.map(() => 0);
  const starts = strides.map(() => 0);
  const rows = outer.reduce((product, size) => product * size, 1);
  for (let row = 0; row < rows; row++) {
    visit(row * length, starts);
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const wraps = ++index[axis]! === outer[axis];
      for (let i = 0; i < starts.length; i++) {
        starts[i]! += wraps ? -strides[i]![axis]! * (outer[axis]! - 1) : strides[i]![axis]!;
      }
      if (!wraps) break;
      index[axis] = 0;
    }
  }
}

/** Where each element of a strided walk lies, in row-major order of `shape`. */
export function offsetsOf(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  const offsets = new Int32Array(shape.reduce((product, size) => product * size, 1));
  const length = shape.at(-1) ?? 1;
  const step = strides.at(-1) ?? 0;
  forEachRow(shape, [strides], (first, [rowStart]) => {
    for (let i = 0; i < length; i++) offsets[first + i] = start + rowStart! + i * step;
  });
  return offsets;
}

/** Shape split at an axis: how many elements lie before, along and within one step of it. */
export function aroundAxis(
  shape: readonly number[],
  axis: number,
): { readonly before: number; readonly size: number; readonly within: number } {
  const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
  return {
    before: product(shape.slice(0, axis)),
    size: shape[axis]!,
    within: product(shape.slice(axis + 1)),
  };
}
