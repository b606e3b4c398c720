import type { Backend } from '@softvq/core';
import { lowerGraph, nativeComposites } from '../onnx/index.js';
import {
  createSessionBackend,
  HostMemory,
  int8Lowering,
  type SessionOptions,
  type WebAssemblyEngine,
  type WebAssemblyOptions,
} from '../onnx-session/index.js';

export type WasmOptions = WebAssemblyOptions;

export interface WasmBackend extends Backend {
  /** How many threads compute. */
  readonly threads: number;
}

/** A backend on the engine of this page or process. */
export async function createWasmBackend(
  engine: WebAssemblyEngine,
  options: WasmOptions,
): Promise<WasmBackend> {
  await engine.start(options, sessionOptions);
  const { runtime, queue, threads } = engine;
  const ofInt8 = int8Lowering(runtime, sessionOptions, (task) => queue.run(task));
  const backend = createSessionBackend({
    name: 'wasm',
    capabilities: {
      dtypes: ['float32', 'float16', 'float64', 'int32', 'int64', 'uint8', 'bool'],
      composites: nativeComposites,
      // The engine's memory, of which an element array must be a part, has 32-bit addresses.
      maxBufferBytes: 2 ** 31,
      precisions: ['int8'],
    },
    runtime,
    memory: new HostMemory('wasm', runtime),
    queue,
    createsBesideRuns: false,
    explain: () => undefined,
    lower: async (graph, compileOptions) => {
      const { external, ...lowered } = await lowerGraph(graph, {
        microsoftOperators: true,
        ...(await ofInt8(compileOptions)),
      });
      const externalData = external.map(({ location, data }) => ({ path: location, data }));
      // A memory plan belongs to one set of sizes: with symbolic sizes every new one would keep its own.
      const enableMemPattern = graph.symbols.length === 0;
      return { ...lowered, options: { ...sessionOptions, enableMemPattern, externalData } };
    },
  });
  return { ...backend, threads };
}

const sessionOptions: SessionOptions = {
  executionProviders: ['wasm'],
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 4,
};
