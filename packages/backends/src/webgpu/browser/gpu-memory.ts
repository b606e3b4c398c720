import {
  allocate,
  BackendError,
  bytesOf,
  bytesPerElement,
  type DeviceBuffer,
  type DType,
  type HostArray,
  type HostTensor,
  sizeOf,
} from '@softvq/core';
import { evaluateShape } from '@softvq/core/graph';
import {
  type DeviceMemory,
  feedsOf,
  type Runtime,
  type Session,
  type SessionInputs,
  type SessionOutputs,
} from '../../onnx-session/index.js';
import { GpuBuffer, ownBuffer, withTensors } from '../gpu-buffer.js';
import type { TransferCounter } from '../transfers.js';
import { largestBuffer } from './assert-fits.js';
import type { DeviceLoss } from './device-loss.js';

/** ONNX Runtime binds buffers in units of 16 bytes. */
const alignment = 16;

const aligned = (bytes: number) => Math.ceil(bytes / alignment) * alignment;

/** The memory of one GPUDevice. All its buffers are made here, so that they end when they are disposed. */
export class GpuMemory implements DeviceMemory {
  readonly #device: GPUDevice;
  readonly #loss: DeviceLoss;
  readonly #runtime: Runtime;
  readonly #transfers: TransferCounter;

  constructor(device: GPUDevice, loss: DeviceLoss, runtime: Runtime, transfers: TransferCounter) {
    this.#device = device;
    this.#loss = loss;
    this.#runtime = runtime;
    this.#transfers = transfers;
  }

  async run(
    session: Session,
    inputs: SessionInputs,
    { names, specs, bindings }: SessionOutputs,
  ): Promise<DeviceBuffer[]> {
    this.#loss.assertPresent();
    const outputs: GpuBuffer[] = [];
    try {
      for (const { dtype, shape } of specs)
        outputs.push(this.#allocate(dtype, evaluateShape(shape, bindings)));
      const fetches = Object.fromEntries(
        names.map((name, i) => [name, outputs[i]!.byteLength === 0 ? null : outputs[i]!.tensor]),
      );
      await withTensors(inputs.buffers, this, (tensors) =>
        this.#loss.orLost(session.run(feedsOf(inputs.names, tensors), fetches)),
      );
      return outputs;
    } catch (error) {
      for (const output of outputs) output.dispose();
      throw error;
    }
  }

  releaseSession(session: Session): Promise<void> {
    return session.release();
  }

  async upload({ dtype, shape, data }: HostTensor): Promise<DeviceBuffer> {
    this.#loss.assertPresent();
    const result = this.#allocate(dtype, shape, data);
    this.#transfers.countToDevice(data.byteLength);
    return result;
  }

  async download(buffer: DeviceBuffer): Promise<HostArray> {
    const { tensor, dtype, byteLength } = ownBuffer(buffer, this);
    const result = allocate(dtype, byteLength / bytesPerElement(dtype));
    if (byteLength === 0) return result;
    this.#loss.assertPresent();
    const size = aligned(byteLength);
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const staging = this.#device.createBuffer({ size, usage });
    try {
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(tensor.gpuBuffer as GPUBuffer, 0, staging, 0, size);
      this.#device.queue.submit([encoder.finish()]);
      await this.#loss.orLost(staging.mapAsync(GPUMapMode.READ));
      bytesOf(result).set(new Uint8Array(staging.getMappedRange(), 0, byteLength));
      this.#transfers.countToHost(byteLength);
      return result;
    } catch (cause) {
      if (cause instanceof BackendError) throw cause;
      throw new BackendError(`a buffer of the GPU could not be read: ${(cause as Error).message}`, { cause });
    } finally {
      staging.destroy();
    }
  }

  #allocate(dtype: DType, shape: readonly number[], data?: HostArray): GpuBuffer {
    const byteLength = sizeOf(shape) * bytesPerElement(dtype);
    if (byteLength === 0) {
      const empty = new this.#runtime.Tensor(dtype as 'float32', allocate(dtype, 0) as Float32Array, shape);
      return new GpuBuffer(this, dtype, empty, () => undefined);
    }
    const most = largestBuffer(this.#device);
    if (byteLength > most) {
      throw new BackendError(
        `a ${dtype} tensor of shape [${shape.join(', ')}] has ${byteLength} bytes, and buffers of this GPU end at ${most}`,
      );
    }
    const buffer = this.#device.createBuffer({
      size: aligned(byteLength),
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      mappedAtCreation: data !== undefined,
    });
    if (data !== undefined) {
      new Uint8Array(buffer.getMappedRange()).set(bytesOf(data));
      buffer.unmap();
    }
    const tensor = this.#runtime.Tensor.fromGpuBuffer(buffer, { dataType: dtype as 'float32', dims: shape });
    // What was submitted before still has the memory.
    return new GpuBuffer(this, dtype, tensor, () => buffer.destroy());
  }
}
