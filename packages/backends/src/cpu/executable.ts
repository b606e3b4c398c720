import {
  BackendError,
  type DeviceBuffer,
  DisposedError,
  DTypeError,
  type Executable,
  formatShape,
  type HostArray,
  ShapeError,
} from '@softvq/core';
import type { Graph, Node } from '@softvq/core/graph';
import type { LoweredGraph } from '../onnx/index.js';
import { asHostBuffer, HostBuffer } from './host-buffer.js';
import type { Queue } from './queue.js';
import type { Runtime, Session } from './runtime.js';

/** One ONNX Runtime session. */
export class SessionExecutable implements Executable {
  readonly #runtime: Runtime;
  readonly #graph: Graph;
  readonly #names: Pick<LoweredGraph, 'inputNames' | 'outputNames'>;
  readonly #donated: readonly number[];
  readonly #queue: Queue;
  #session: Session | undefined;

  constructor(
    runtime: Runtime,
    session: Session,
    graph: Graph,
    names: Pick<LoweredGraph, 'inputNames' | 'outputNames'>,
    donated: readonly number[],
    queue: Queue,
  ) {
    this.#runtime = runtime;
    this.#session = session;
    this.#graph = graph;
    this.#names = names;
    this.#donated = donated;
    this.#queue = queue;
  }

  run(inputs: readonly DeviceBuffer[]): Promise<DeviceBuffer[]> {
    return this.#queue.run(async () => {
      if (this.#session === undefined) throw new DisposedError('this executable was disposed');
      const buffers = this.#graph.inputs.map((input, i) => checkInput(input, i, inputs[i]));
      const feeds = Object.fromEntries(
        buffers.map(({ dtype, data, shape }, i) => [
          this.#names.inputNames[i]!,
          new this.#runtime.Tensor(dtype as 'float32', data as Float32Array, shape),
        ]),
      );
      try {
        const results = await this.#session.run(feeds, this.#names.outputNames);
        return this.#names.outputNames.map((name, i) => {
          const { data, dims } = results[name]!;
          return new HostBuffer({ dtype: this.#graph.outputs[i]!.dtype, shape: dims, data: data as HostArray });
        });
      } catch (cause) {
        throw new BackendError(`ONNX Runtime failed to run ${this.#graph.signature}: ${(cause as Error).message}`, { cause });
      } finally {
        for (const at of this.#donated) buffers[at]!.dispose();
      }
    });
  }

  dispose(): Promise<void> {
    return this.#queue.run(async () => {
      const session = this.#session;
      this.#session = undefined;
      await session?.release();
    });
  }
}

function checkInput(node: Node, position: number, buffer: DeviceBuffer | undefined): HostBuffer {
  if (buffer === undefined) throw new BackendError(`input ${position} of the graph was not given`);
  if (buffer.dtype !== node.dtype) throw new DTypeError(`input ${position} is ${buffer.dtype} and must be ${node.dtype}`);
  const fits =
    buffer.shape.length === node.shape.length &&
    node.shape.every((size, axis) => typeof size !== 'number' || size === buffer.shape[axis]);
  if (!fits) {
    throw new ShapeError(`input ${position} is ${formatShape(buffer.shape)} and must be ${formatShape(node.shape)}`);
  }
  return asHostBuffer(buffer);
}
