import {
  BackendError,
  bytesPerElement,
  type DeviceBuffer,
  DisposedError,
  type DType,
  sizeOf,
} from '@softvq/core';
import type { DeviceMemory, EngineTensor } from '../onnx-session/index.js';

/** Elements in a tensor of the engine: on the GPU, or an empty array of the host where there are none. */
export class GpuBuffer implements DeviceBuffer {
  readonly memory: DeviceMemory;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly #free: (tensor: EngineTensor) => void;
  #tensor: EngineTensor | undefined;
  /** How much is under way that reads the elements. */
  #uses = 0;
  #disposed = false;

  /** @param free what is done with the tensor, once, when the buffer is disposed. */
  constructor(
    memory: DeviceMemory,
    dtype: DType,
    tensor: EngineTensor,
    free: (tensor: EngineTensor) => void,
  ) {
    this.memory = memory;
    this.dtype = dtype;
    this.shape = tensor.dims;
    this.byteLength = sizeOf(tensor.dims) * bytesPerElement(dtype);
    this.#tensor = tensor;
    this.#free = free;
  }

  get tensor(): EngineTensor {
    if (this.#disposed || this.#tensor === undefined)
      throw new DisposedError('a buffer of the webgpu backend is used after dispose()');
    return this.#tensor;
  }

  /** To be called before the elements are read by something that ends later, and `endUse` after it. */
  beginUse(): void {
    this.#uses += 1;
  }

  endUse(): void {
    this.#uses -= 1;
    this.#freeUnused();
  }

  /** The elements are freed when nothing reads them any more. */
  dispose(): void {
    this.#disposed = true;
    this.#freeUnused();
  }

  #freeUnused(): void {
    const tensor = this.#tensor;
    if (!this.#disposed || this.#uses > 0 || tensor === undefined) return;
    this.#tensor = undefined;
    this.#free(tensor);
  }
}

/** @throws BackendError for a buffer that is not in a memory. */
export function ownBuffer(buffer: DeviceBuffer, memory: DeviceMemory): GpuBuffer {
  if (buffer instanceof GpuBuffer && buffer.memory === memory) return buffer;
  throw new BackendError(
    'the webgpu backend was given a buffer of another backend; move it with tensor.to()',
  );
}

/**
 * Gives a task the engine's tensors of buffers, which stay until it has ended, whoever disposes the buffers meanwhile.
 *
 * @throws BackendError for a buffer that is not in the memory, DisposedError for one that is gone.
 */
export async function withTensors<Result>(
  buffers: readonly DeviceBuffer[],
  memory: DeviceMemory,
  task: (tensors: readonly EngineTensor[]) => Promise<Result>,
): Promise<Result> {
  const own = buffers.map((buffer) => ownBuffer(buffer, memory));
  const tensors = own.map(({ tensor }) => tensor);
  for (const buffer of own) buffer.beginUse();
  try {
    return await task(tensors);
  } finally {
    for (const buffer of own) buffer.endUse();
  }
}
