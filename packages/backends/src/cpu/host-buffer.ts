import {
  BackendError,
  type DeviceBuffer,
  DisposedError,
  type DType,
  type HostArray,
  type HostTensor,
} from '@softvq/core';
import type { EngineTensor, Runtime } from './runtime.js';

/** Elements in host memory, where ONNX Runtime's CPU provider computes. */
export class HostBuffer implements DeviceBuffer {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  #data: HostArray | undefined;
  #view: EngineTensor | undefined;

  constructor({ dtype, shape, data }: HostTensor) {
    this.dtype = dtype;
    this.shape = shape;
    this.byteLength = data.byteLength;
    this.#data = data;
  }

  get data(): HostArray {
    if (this.#data === undefined)
      throw new DisposedError('a buffer of the cpu backend is used after dispose()');
    return this.#data;
  }

  /** The engine's view of the elements, made once. */
  view(runtime: Runtime): EngineTensor {
    this.#view ??= new runtime.Tensor(this.dtype as 'float32', this.data as Float32Array, this.shape);
    return this.#view;
  }

  dispose(): void {
    this.#data = undefined;
    this.#view = undefined;
  }
}

/** @throws BackendError for a buffer that another backend made. */
export function asHostBuffer(buffer: DeviceBuffer): HostBuffer {
  if (!(buffer instanceof HostBuffer)) {
    throw new BackendError('the cpu backend was given a buffer of another backend; move it with tensor.to()');
  }
  return buffer;
}
