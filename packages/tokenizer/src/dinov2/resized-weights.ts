import { float16ToFloat32, formatShape, type HostTensor, StateDictError, type Tensor } from '@softvq/core';
import type { StoredTensor } from '@softvq/core/io';
import { bicubicMatrix, pseudoinverseResizeMatrix, resizeImages } from './resampling.js';

/** A tensor at hand or in a file, read when it is needed. */
export type Source = Tensor | StoredTensor;

/** A patch kernel (width, channels, side, side) for patches of another side. It is read when it is first needed. */
export function resizedPatchKernel(kernel: Source, side: number): Source {
  const [width, channels, from, breadth] = kernel.shape as readonly number[];
  if (kernel.shape.length !== 4 || from !== breadth) {
    throw new StateDictError(
      `the patch kernel of DINOv2 must be (width, channels, side, side), not ${formatShape(kernel.shape)}`,
    );
  }
  if (from === side) return kernel;
  const matrix = pseudoinverseResizeMatrix(from!, side);
  return computed(kernel, [width!, channels!, side, side], (data) => resizeImages(data, matrix));
}

/**
 * Positions (1, 1 + patches, width) of a class token and a square grid of patches for another number of patches. The
 * class token's stays as it is. They are read when they are first needed.
 */
export function resizedPositions(positions: Source, side: number): Source {
  const [, count, width] = positions.shape as readonly number[];
  const from = Math.sqrt((count ?? 0) - 1);
  if (positions.shape.length !== 3 || positions.shape[0] !== 1 || !Number.isInteger(from) || from < 1) {
    throw new StateDictError(
      `the positions of DINOv2 must be (1, 1 + side², width), not ${formatShape(positions.shape)}`,
    );
  }
  if (from === side) return positions;
  const matrix = bicubicMatrix(from, side);
  return computed(positions, [1, 1 + side ** 2, width!], (data) => {
    const ofGrid = flipped(data.subarray(width), from ** 2, width!);
    const resized = flipped(resizeImages(ofGrid, matrix), width!, side ** 2);
    const all = new Float32Array(width! * (1 + side ** 2));
    all.set(data.subarray(0, width));
    all.set(resized, width);
    return all;
  });
}

/** What a function makes of the float32 elements of a tensor. */
function computed(
  source: Source,
  shape: readonly number[],
  compute: (data: Float32Array) => Float32Array,
): StoredTensor {
  const read = async (): Promise<HostTensor> => {
    const host = await ('read' in source ? source.read() : source.host());
    return { dtype: 'float32', shape, data: compute(float32(host)) };
  };
  return { dtype: 'float32', storedAs: 'float32', shape, read };
}

function float32({ dtype, data }: HostTensor): Float32Array {
  return dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : Float32Array.from(data, Number);
}

/** The transpose of a matrix (rows, columns). */
function flipped(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}
