import {
  BackendError,
  type DeviceBuffer,
  DisposedError,
  type DType,
  type HostArray,
  type HostTensor,
} from '@softvq/core';
import type { DeviceMemory, SessionInputs, SessionOutputs } from './device-memory.js';
import type { EngineTensor, Runtime, Session } from './engine.js';
import { feedsOf } from './feeds.js';

/** Elements in host memory, where ONNX Runtime's CPU kernels compute. */
class HostBuffer implements DeviceBuffer {
  readonly memory: HostMemory;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  #data: HostArray | undefined;
  #view: EngineTensor | undefined;

  constructor(memory: HostMemory, { dtype, shape, data }: HostTensor) {
    this.memory = memory;
    this.dtype = dtype;
    this.shape = shape;
    this.byteLength = data.byteLength;
    this.#data = data;
  }

  get data(): HostArray {
    if (this.#data === undefined)
      throw new DisposedError(`a buffer of the ${this.memory.name} backend is used after dispose()`);
    return this.#data;
  }

  /** The engine's view of the elements, made once. */
  get view(): EngineTensor {
    this.#view ??= this.memory.view(this.dtype, this.data, this.shape);
    return this.#view;
  }

  dispose(): void {
    this.#data = undefined;
    this.#view = undefined;
  }
}

/** Memory of the process itself: nothing is moved. */
export class HostMemory implements DeviceMemory {
  /** The name of the backend. */
  readonly name: string;
  readonly #runtime: Runtime;

  constructor(name: string, runtime: Runtime) {
    this.name = name;
    this.#runtime = runtime;
  }

  view(dtype: DType, data: HostArray, shape: readonly number[]): EngineTensor {
    return new this.#runtime.Tensor(dtype as 'float32', data as Float32Array, shape);
  }

  async run(
    session: Session,
    inputs: SessionInputs,
    { names, specs }: SessionOutputs,
  ): Promise<DeviceBuffer[]> {
    const tensors = inputs.buffers.map((buffer) => this.#own(buffer).view);
    const results = await session.run(feedsOf(inputs.names, tensors), names);
    return names.map((name, i) => {
      const { data, dims } = results[name]!;
      const { dtype } = specs[i]!;
      return new HostBuffer(this, { dtype, shape: dims, data: hostArray(dtype, data as HostArray) });
    });
  }

  releaseSession(session: Session): Promise<void> {
    return session.release();
  }

  async upload(tensor: HostTensor): Promise<DeviceBuffer> {
    return new HostBuffer(this, tensor);
  }

  async download(buffer: DeviceBuffer): Promise<HostArray> {
    return this.#own(buffer).data;
  }

  /** Buffers of another backend of the same engine are as good as ours: both are arrays. */
  #own(buffer: DeviceBuffer): HostBuffer {
    if (buffer instanceof HostBuffer && buffer.memory.name === this.name) return buffer;
    throw new BackendError(
      `the ${this.name} backend was given a buffer of another backend; move it with tensor.to()`,
    );
  }
}

/** Where the platform has a Float16Array, the engine gives that in place of the bits. */
export function hostArray(dtype: DType, data: HostArray): HostArray {
  return dtype === 'float16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
}
