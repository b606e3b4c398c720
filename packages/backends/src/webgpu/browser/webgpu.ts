import type { DType } from '@softvq/core';
import { createSessionBackend, engineLoader, type SessionOptions } from '../../onnx-session/index.js';
import { gpuComposites, lowerForGpu } from '../lower-for-gpu.js';
import type { WebgpuOptions } from '../options.js';
import { TransferCounter } from '../transfers.js';
import type { WebgpuBackend } from '../webgpu-backend.js';
import { assertFits, largestBuffer } from './assert-fits.js';
import { requestDevice } from './device.js';
import { DeviceLoss } from './device-loss.js';
import { GpuMemory } from './gpu-memory.js';

const loadEngine = engineLoader('webgpu', () => import('onnxruntime-web/webgpu'));

/**
 * ONNX Runtime on WebGPU, in browsers. Buffers stay on the device between calls.
 *
 * @throws BackendError where there is no WebGPU, no adapter, or the files of onnxruntime-web cannot be loaded.
 */
export async function webgpu({
  device: given,
  powerPreference,
  wasmPaths,
}: WebgpuOptions = {}): Promise<WebgpuBackend> {
  const device = (given as GPUDevice | undefined) ?? (await requestDevice(powerPreference));
  const loss = new DeviceLoss(device);
  const engine = await loadEngine();
  const base: SessionOptions = {
    executionProviders: [{ name: 'webgpu', device }],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
  };
  await engine.start({ threads: 1, ...(wasmPaths !== undefined && { wasmPaths }) }, base);
  const { runtime, queue } = engine;
  const transfers = new TransferCounter();
  const backend = createSessionBackend({
    name: 'webgpu',
    capabilities: {
      dtypes: dtypesOf(device),
      composites: gpuComposites,
      maxBufferBytes: largestBuffer(device),
      precisions: dtypesOf(device).includes('float16') ? ['float16'] : [],
    },
    runtime,
    memory: new GpuMemory(device, loss, runtime, transfers),
    queue,
    createsBesideRuns: false,
    explain: () => loss.error,
    lower: async (graph) => {
      loss.assertPresent();
      assertFits(graph, device);
      return lowerForGpu(graph, base);
    },
    release: () => {
      if (given === undefined) device.destroy();
    },
  });
  return { ...backend, transfers: () => transfers.totals };
}

/** WebGPU has no float64 at all, and float16 where the device has shader-f16. */
function dtypesOf(device: GPUDevice): readonly DType[] {
  const half: readonly DType[] = device.features.has('shader-f16') ? ['float16'] : [];
  return ['float32', ...half, 'int32', 'int64', 'uint8', 'bool'];
}
