import { ArgumentError } from '@softvq/core';

/** Images (count, channels, height, width) in [-1, 1]. */
export interface ImageBatch {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** @throws ArgumentError unless both are batches of images of one shape. */
export function assertComparable(what: string, first: ImageBatch, second: ImageBatch): void {
  const text = [first, second].map(({ shape }) => `(${shape.join(', ')})`);
  if (first.shape.length !== 4 || text[0] !== text[1]) {
    throw new ArgumentError(
      `${what} compares images (count, channels, height, width) of one shape, not ${text[0]} with ${text[1]}`,
    );
  }
  for (const { shape, data } of [first, second]) {
    const size = shape.reduce((product, axis) => product * axis, 1);
    if (data.length !== size)
      throw new ArgumentError(`${what}: ${data.length} numbers do not fill ${text[0]}`);
  }
}
