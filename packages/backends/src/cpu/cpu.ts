import { availableParallelism } from 'node:os';
import {
  ArgumentError,
  type Backend,
  BackendError,
  type CompileOptions,
  DisposedError,
  type Executable,
} from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import { lowerGraph, nativeComposites } from '../onnx/index.js';
import { SessionExecutable } from './executable.js';
import { asHostBuffer, HostBuffer } from './host-buffer.js';
import { mapConstants } from './mapped-constants.js';
import { Queue } from './queue.js';
import { loadRuntime, type SessionOptions } from './runtime.js';

export interface CpuOptions {
  /** How many threads compute; the default is one a core. */
  readonly threads?: number;
}

/**
 * ONNX Runtime on the CPU, in Node.
 *
 * @throws BackendError when the package onnxruntime-node is not installed.
 */
export async function cpu({ threads = availableParallelism() }: CpuOptions = {}): Promise<Backend> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ArgumentError(`cpu: threads must be a whole number from 1, not ${threads}`);
  }
  const runtime = await loadRuntime();
  const queue = new Queue();
  const executables = new Set<SessionExecutable>();
  let disposed = false;

  return {
    specVersion: 1,
    name: 'cpu',
    capabilities: {
      dtypes: ['float32', 'float16', 'float64', 'int32', 'int64', 'uint8', 'bool'],
      composites: nativeComposites,
      maxBufferBytes: 2 ** 32,
    },

    compile: async (graph: Graph, { donated = [] }: CompileOptions = {}): Promise<Executable> => {
      if (disposed) throw new DisposedError('the cpu backend was disposed');
      const mapped = mapConstants(graph.constants.values());
      const { model, external, ...names } = await lowerGraph(graph, {
        microsoftOperators: true,
        ...(mapped === undefined ? {} : { locate: mapped.locate, inlineBelow: Number.POSITIVE_INFINITY }),
      });
      const options = sessionOptions(threads, graph, mapped?.folder);
      const externalData = external.map(({ location, data }) => ({ path: location, data }));
      try {
        const session = await runtime.InferenceSession.create(model, { ...options, externalData });
        const executable = new SessionExecutable(runtime, session, graph, names, donated, queue);
        executables.add(executable);
        return executable;
      } catch (cause) {
        throw new BackendError(`ONNX Runtime refused ${graph.signature}: ${(cause as Error).message}`, {
          cause,
        });
      }
    },

    upload: async (tensor) => {
      if (disposed) throw new DisposedError('the cpu backend was disposed');
      return new HostBuffer(tensor);
    },
    download: async (buffer) => asHostBuffer(buffer).data,
    dispose: async () => {
      disposed = true;
      await Promise.all([...executables].map((executable) => executable.dispose()));
    },
  };
}

function sessionOptions(threads: number, graph: Graph, folder: string | undefined): SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // A memory plan belongs to one set of sizes: with symbolic sizes every new one would keep its own.
    enableMemPattern: graph.symbols.length === 0,
    logSeverityLevel: 3,
    extra: {
      session: {
        // Threads that wait for the next run must not take the cores from another session.
        force_spinning_stop: '1',
        ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
      },
    },
  };
}
