import { ArgumentError } from '@softvq/core';
import { createSessionBackend, Queue, type SessionOptions } from '../../onnx-session/index.js';
import { loadNodeRuntime } from '../../onnx-session/node-runtime.js';
import { gpuComposites, lowerForGpu } from '../lower-for-gpu.js';
import type { WebgpuOptions } from '../options.js';
import { TransferCounter } from '../transfers.js';
import type { WebgpuBackend } from '../webgpu-backend.js';
import { EngineMemory } from './engine-memory.js';
import { assertGpu, hasHalfPrecision } from './probe.js';

/** The engine has one device for the whole process, and its sessions must not run at the same time. */
const queue = new Queue();

const sessionOptions: SessionOptions = {
  executionProviders: ['webgpu'],
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 4,
};

/**
 * ONNX Runtime on WebGPU, in Node by Dawn. Buffers stay on the device between calls. The engine takes no device and no
 * limits from outside, and a device that is lost stays lost until the process ends.
 *
 * @throws BackendError when onnxruntime-node is not installed or finds no GPU, ArgumentError for a given device.
 */
export async function webgpu(options: WebgpuOptions = {}): Promise<WebgpuBackend> {
  if (options.device !== undefined) {
    throw new ArgumentError(
      'webgpu: a device can be given in browsers only; in Node the engine makes its own',
    );
  }
  const runtime = await loadNodeRuntime('webgpu');
  const half = await queue.run(async () => {
    await assertGpu(runtime, sessionOptions);
    return hasHalfPrecision(runtime, sessionOptions);
  });
  const transfers = new TransferCounter();
  const memory = new EngineMemory(runtime, queue, transfers, sessionOptions);
  const backend = createSessionBackend({
    name: 'webgpu',
    capabilities: {
      dtypes: ['float32', ...(half ? (['float16'] as const) : []), 'int32', 'int64', 'uint8', 'bool'],
      composites: gpuComposites,
      // The engine asks for all that the adapter has, and does not tell how much that is.
      maxBufferBytes: 2 ** 30,
      precisions: half ? ['float16'] : [],
    },
    runtime,
    memory,
    queue,
    createsBesideRuns: false,
    explain: () => undefined,
    lower: (graph) => lowerForGpu(graph, sessionOptions),
    release: () => queue.run(() => memory.release()),
  });
  return { ...backend, transfers: () => transfers.totals };
}
