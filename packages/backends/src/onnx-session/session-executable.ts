import { BackendError, type DeviceBuffer, DisposedError, type Executable, SoftVQError } from '@softvq/core';
import { bindInputs, type Graph } from '@softvq/core/graph';
import type { LoweredGraph } from '../onnx/index.js';
import type { DeviceMemory } from './device-memory.js';
import type { Session } from './engine.js';
import type { Queue } from './queue.js';

/** What all executables of a backend share. */
export interface SessionHost {
  readonly memory: DeviceMemory;
  /** Runs wait for each other here. */
  readonly queue: Queue;
  /** What a failure of the engine means, where more is known than the engine says. */
  readonly explain: (cause: unknown) => Error | undefined;
}

/** One ONNX Runtime session. */
export class SessionExecutable implements Executable {
  readonly #host: SessionHost;
  readonly #graph: Graph;
  readonly #names: Pick<LoweredGraph, 'inputNames' | 'outputNames'>;
  readonly #donated: readonly number[];
  readonly #onDispose: (executable: SessionExecutable) => void;
  #session: Session | undefined;

  constructor(
    host: SessionHost,
    session: Session,
    graph: Graph,
    names: Pick<LoweredGraph, 'inputNames' | 'outputNames'>,
    donated: readonly number[],
    onDispose: (executable: SessionExecutable) => void,
  ) {
    this.#host = host;
    this.#session = session;
    this.#graph = graph;
    this.#names = names;
    this.#donated = donated;
    this.#onDispose = onDispose;
  }

  run(inputs: readonly DeviceBuffer[]): Promise<DeviceBuffer[]> {
    return this.#host.queue.run(async () => {
      if (this.#session === undefined) throw new DisposedError('an executable is used after dispose()');
      const bindings = bindInputs(this.#graph, inputs);
      const { inputNames, outputNames } = this.#names;
      try {
        return await this.#host.memory.run(
          this.#session,
          { names: inputNames, buffers: inputs },
          { names: outputNames, specs: this.#graph.outputs, bindings },
        );
      } catch (cause) {
        if (cause instanceof SoftVQError) throw cause;
        throw (
          this.#host.explain(cause) ??
          new BackendError(
            `ONNX Runtime failed to run ${this.#graph.signature}: ${(cause as Error).message}`,
            { cause },
          )
        );
      } finally {
        for (const at of this.#donated) inputs[at]!.dispose();
      }
    });
  }

  dispose(): Promise<void> {
    return this.#host.queue.run(async () => {
      const session = this.#session;
      this.#session = undefined;
      this.#onDispose(this);
      if (session !== undefined) await this.#host.memory.releaseSession(session);
    });
  }
}
