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
    if (this.#tensor === undefined)
      throw new DisposedError('a buffer of the webgpu backend is used after dispose()');
    return this.#tensor;
  }

  dispose(): void {
    const tensor = this.#tensor;
    if (tensor === undefined) return;
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
