import {
  type Backend,
  type BackendCapabilities,
  BackendError,
  type CompileOptions,
  DisposedError,
  type DType,
  DTypeError,
  type Executable,
} from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import type { LoweredGraph } from '../onnx/index.js';
import type { Runtime, Session, SessionOptions } from './engine.js';
import { SessionExecutable, type SessionHost } from './session-executable.js';

/** A graph as an engine takes it. */
export interface LoweredForEngine extends Omit<LoweredGraph, 'external'> {
  readonly options: SessionOptions;
}

/** What tells one backend on ONNX Runtime from another. */
export interface SessionBackendOptions extends SessionHost {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  readonly runtime: Runtime;
  readonly lower: (graph: Graph, options: CompileOptions) => Promise<LoweredForEngine>;
  /** Whether sessions may be made while another one runs. */
  readonly createsBesideRuns: boolean;
  /** Frees what the backend itself holds, when its executables are gone. */
  readonly release?: () => Promise<void> | void;
}

/** A backend that runs each graph as a session of ONNX Runtime. */
export function createSessionBackend(backend: SessionBackendOptions): Backend {
  const { name, capabilities, runtime, memory, queue } = backend;
  const executables = new Set<SessionExecutable>();
  let disposal: Promise<void> | undefined;

  const assertUsable = () => {
    if (disposal !== undefined) throw new DisposedError(`the ${name} backend was disposed`);
  };
  const assertDType = (dtype: DType, where: string) => {
    if (capabilities.dtypes.includes(dtype)) return;
    throw new DTypeError(
      `${where} is ${dtype}, which the ${name} backend does not have here; it has ${capabilities.dtypes.join(', ')}`,
    );
  };
  const createSession = (model: Uint8Array, options: SessionOptions): Promise<Session> => {
    const create = () => runtime.InferenceSession.create(model, options);
    return backend.createsBesideRuns ? create() : queue.run(create);
  };

  return {
    specVersion: 1,
    name,
    capabilities,

    compile: async (graph: Graph, compileOptions: CompileOptions = {}): Promise<Executable> => {
      assertUsable();
      for (const node of graph.nodes) assertDType(node.dtype, `a result of ${node.operation}`);
      const { model, options, ...names } = await backend.lower(graph, compileOptions);
      try {
        const session = await createSession(model, options);
        const { donated = [] } = compileOptions;
        const executable = new SessionExecutable(backend, session, graph, names, donated, (each) =>
          executables.delete(each),
        );
        executables.add(executable);
        return executable;
      } catch (cause) {
        throw (
          backend.explain(cause) ??
          new BackendError(`ONNX Runtime refused ${graph.signature}: ${(cause as Error).message}`, { cause })
        );
      }
    },

    upload: async (tensor) => {
      assertUsable();
      assertDType(tensor.dtype, 'a tensor');
      return memory.upload(tensor);
    },
    download: (buffer) => memory.download(buffer),
    dispose: () => {
      disposal ??= (async () => {
        await Promise.all([...executables].map((executable) => executable.dispose()));
        await backend.release?.();
      })();
      return disposal;
    },
  };
}
