import { BackendError, bytesPerElement, formatShape, sizeOf } from '@softvq/core';
import type { Graph } from '@softvq/core/graph';

/** The largest buffer that shaders of a device may use. */
export function largestBuffer({ limits }: GPUDevice): number {
  return Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
}

/** @throws BackendError naming the first tensor of a graph that is larger than a device's buffers can be. */
export function assertFits(graph: Graph, device: GPUDevice): void {
  const most = largestBuffer(device);
  for (const { operation, shape, dtype } of graph.nodes) {
    const size = sizeOf(shape);
    // What is known at run time only is seen when its buffer is made.
    const bytes = typeof size === 'number' ? size * bytesPerElement(dtype) : 0;
    if (bytes <= most) continue;
    throw new BackendError(
      `the model is too large for this GPU: a result of ${operation}, ${dtype}${formatShape(shape)}, has ${bytes} bytes, ` +
        `and buffers end at ${most}`,
    );
  }
}
