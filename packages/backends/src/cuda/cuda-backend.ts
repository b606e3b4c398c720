import { ArgumentError, type Backend, BackendError } from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import { lowerGraph, nativeComposites } from '../onnx/index.js';
import {
  createSessionBackend,
  HostMemory,
  identityModel,
  Queue,
  type Runtime,
  type SessionOptions,
} from '../onnx-session/index.js';
import type { CudaOptions } from './options.js';

/**
 * A backend on a runtime that has the CUDA provider.
 *
 * @throws BackendError when the provider finds no GPU of that number, or not the libraries of CUDA.
 */
export async function createCudaBackend(
  runtime: Runtime,
  { device = 0, float16 = true }: CudaOptions,
): Promise<Backend> {
  if (!Number.isInteger(device) || device < 0) {
    throw new ArgumentError(`cuda: device must be a whole number from 0, not ${device}`);
  }
  await assertDevice(runtime, device);
  return createSessionBackend({
    name: 'cuda',
    capabilities: {
      dtypes: ['float32', 'float16', 'float64', 'int32', 'int64', 'uint8', 'bool'],
      composites: nativeComposites,
      maxBufferBytes: 2 ** 32,
      precisions: float16 ? ['float16'] : [],
    },
    runtime,
    // onnxruntime-node keeps no tensors on CUDA devices: constants stay there, and what goes in and out is moved.
    memory: new HostMemory('cuda', runtime),
    queue: new Queue(),
    createsBesideRuns: true,
    explain: () => undefined,
    lower: async (graph) => {
      const { external, ...lowered } = await lowerGraph(graph, { microsoftOperators: true });
      const externalData = external.map(({ location, data }) => ({ path: location, data }));
      return { ...lowered, options: { ...sessionOptions(device, graph), externalData } };
    },
  });
}

/** What the engine is told for a graph. What CUDA has no kernels for, shapes above all, it runs on the CPU itself. */
export function sessionOptions(device: number, graph: Pick<Graph, 'symbols'>): SessionOptions {
  return {
    executionProviders: [{ name: 'cuda', deviceId: device }],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // A memory plan belongs to one set of sizes: with symbolic sizes every new one would keep its own.
    enableMemPattern: graph.symbols.length === 0,
    logSeverityLevel: 4,
  };
}

async function assertDevice(runtime: Runtime, device: number): Promise<void> {
  try {
    const model = identityModel('float32', 1);
    const session = await runtime.InferenceSession.create(model, sessionOptions(device, { symbols: [] }));
    await session.release();
  } catch (cause) {
    throw new BackendError(
      `the cuda backend cannot use GPU ${device}: ${(cause as Error).message}. It needs an NVIDIA driver, and CUDA 12 and ` +
        'cuDNN 9 where the system finds libraries (LD_LIBRARY_PATH)',
      { cause },
    );
  }
}
