import { allocate, type DeviceBuffer, type DType, type HostArray, type HostTensor } from '@softvq/core';
import {
  type DeviceMemory,
  type EngineTensor,
  feedsOf,
  hostArray,
  identityInput,
  identityModel,
  identityOutput,
  type Queue,
  type Runtime,
  type Session,
  type SessionInputs,
  type SessionOptions,
  type SessionOutputs,
} from '../../onnx-session/index.js';
import { GpuBuffer, withTensors } from '../gpu-buffer.js';
import type { TransferCounter } from '../transfers.js';
import { SessionLeases } from './session-leases.js';

/** Which way a tensor goes through a session that changes nothing. */
type Direction = 'toDevice' | 'toHost';

/**
 * The GPU memory of onnxruntime-node. There the elements of such tensors cannot be read, nor tensors made on the device,
 * so both are done by sessions that give their input back where it is wanted.
 */
export class EngineMemory implements DeviceMemory {
  readonly #runtime: Runtime;
  readonly #queue: Queue;
  readonly #transfers: TransferCounter;
  readonly #options: SessionOptions;
  readonly #leases = new SessionLeases();
  readonly #movers = new Map<string, Promise<Session>>();

  constructor(runtime: Runtime, queue: Queue, transfers: TransferCounter, options: SessionOptions) {
    this.#runtime = runtime;
    this.#queue = queue;
    this.#transfers = transfers;
    this.#options = options;
  }

  run(session: Session, inputs: SessionInputs, { names, specs }: SessionOutputs): Promise<DeviceBuffer[]> {
    return withTensors(inputs.buffers, this, async (tensors) => {
      const results = await session.run(feedsOf(inputs.names, tensors), names);
      return names.map((name, i) => this.#keep(session, specs[i]!.dtype, results[name]!));
    });
  }

  async upload({ dtype, shape, data }: HostTensor): Promise<DeviceBuffer> {
    const tensor = new this.#runtime.Tensor(dtype as 'float32', data as Float32Array, shape);
    if (data.length === 0) return new GpuBuffer(this, dtype, tensor, () => undefined);
    const moved = await this.#move('toDevice', tensor, (moved, mover) => this.#keep(mover, dtype, moved));
    this.#transfers.countToDevice(data.byteLength);
    return moved;
  }

  async download(buffer: DeviceBuffer): Promise<HostArray> {
    const { dtype, byteLength } = buffer;
    return withTensors([buffer], this, async ([tensor]) => {
      if (byteLength === 0) return allocate(dtype, 0);
      const data = await this.#move('toHost', tensor!, (moved) => moved.data as HostArray);
      this.#transfers.countToHost(byteLength);
      return hostArray(dtype, data);
    });
  }

  releaseSession(session: Session): Promise<void> {
    return this.#leases.release(session);
  }

  /** Frees the sessions that move elements. */
  async release(): Promise<void> {
    for (const mover of this.#movers.values()) await this.releaseSession(await mover);
  }

  #keep(session: Session, dtype: DType, tensor: EngineTensor): GpuBuffer {
    const giveBack = this.#leases.take(session);
    return new GpuBuffer(this, dtype, tensor, (kept) => {
      kept.dispose();
      giveBack();
    });
  }

  /** Sends a tensor through a session; `use` has the result before anything else happens. */
  #move<Result>(
    direction: Direction,
    tensor: EngineTensor,
    use: (moved: EngineTensor, mover: Session) => Result,
  ): Promise<Result> {
    const dtype = tensor.type as DType;
    const axes = tensor.dims.length;
    const key = `${direction} ${dtype} ${axes}`;
    return this.#queue.run(async () => {
      const created =
        this.#movers.get(key) ??
        this.#runtime.InferenceSession.create(identityModel(dtype, axes), {
          ...this.#options,
          preferredOutputLocation: direction === 'toDevice' ? 'gpu-buffer' : 'cpu',
        });
      this.#movers.set(key, created);
      const mover = await created;
      const results = await mover.run({ [identityInput]: tensor });
      return use(results[identityOutput]!, mover);
    });
  }
}
