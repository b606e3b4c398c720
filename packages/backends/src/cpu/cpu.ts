import { availableParallelism } from 'node:os';
import { ArgumentError, type Backend } from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import { lowerGraph, nativeComposites } from '../onnx/index.js';
import {
  createSessionBackend,
  HostMemory,
  int8Lowering,
  Queue,
  type SessionOptions,
} from '../onnx-session/index.js';
import { loadNodeRuntime } from '../onnx-session/node-runtime.js';
import { threadsOfEnvironment } from '../onnx-session/threads.js';
import { mapConstants } from './mapped-constants.js';

export interface CpuOptions {
  /** How many threads compute; the default is what SOFTVQ_THREADS says in the environment, or one a core. */
  readonly threads?: number;
}

/**
 * ONNX Runtime on the CPU, in Node.
 *
 * @throws BackendError when the package onnxruntime-node is not installed.
 */
export async function cpu({
  threads = threadsOfEnvironment() ?? availableParallelism(),
}: CpuOptions = {}): Promise<Backend> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ArgumentError(`cpu: threads must be a whole number from 1, not ${threads}`);
  }
  const runtime = await loadNodeRuntime('cpu');
  const ofInt8 = int8Lowering(runtime, { executionProviders: ['cpu'], intraOpNumThreads: 1 }, (task) =>
    task(),
  );
  return createSessionBackend({
    name: 'cpu',
    capabilities: {
      dtypes: ['float32', 'float16', 'float64', 'int32', 'int64', 'uint8', 'bool'],
      composites: nativeComposites,
      maxBufferBytes: 2 ** 32,
      precisions: ['int8'],
    },
    runtime,
    memory: new HostMemory('cpu', runtime),
    queue: new Queue(),
    createsBesideRuns: true,
    explain: () => undefined,
    lower: async (graph, compileOptions) => {
      const mapped = mapConstants(graph, compileOptions.int8Weights);
      const { external, ...lowered } = await lowerGraph(graph, {
        microsoftOperators: true,
        ...(await ofInt8(compileOptions)),
        ...(mapped === undefined ? {} : { locate: mapped.locate, inlineBelow: Number.POSITIVE_INFINITY }),
      });
      const externalData = external.map(({ location, data }) => ({ path: location, data }));
      return { ...lowered, options: { ...sessionOptions(threads, graph, mapped?.folder), externalData } };
    },
  });
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
        // Weights that prepacking replaces give their memory back, which in the engine's arena they do not.
        use_device_allocator_for_initializers: '1',
        ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
      },
    },
  };
}
