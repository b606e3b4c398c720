import {
  BackendError,
  type DeviceBuffer,
  DisposedError,
  type Executable,
  type HostArray,
} from '@softvq/core';
import { bindInputs, type Graph } from '@softvq/core/graph';
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
      if (this.#session === undefined) throw new DisposedError('an executable is used after dispose()');
      bindInputs(this.#graph, inputs);
      const buffers = inputs.map(asHostBuffer);
      const feeds = Object.fromEntries(
        buffers.map((buffer, i) => [this.#names.inputNames[i]!, buffer.view(this.#runtime)]),
      );
      try {
        const results = await this.#session.run(feeds, this.#names.outputNames);
        return this.#names.outputNames.map((name, i) => {
          const { data, dims } = results[name]!;
          return new HostBuffer({
            dtype: this.#graph.outputs[i]!.dtype,
            shape: dims,
            data: data as HostArray,
          });
        });
      } catch (cause) {
        throw new BackendError(
          `ONNX Runtime failed to run ${this.#graph.signature}: ${(cause as Error).message}`,
          { cause },
        );
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
