import type { Backend } from '@softvq/core';
import { loadNodeRuntime } from '../onnx-session/node-runtime.js';
import { createCudaBackend } from './cuda-backend.js';
import type { CudaOptions } from './options.js';
import { assertProviderInstalled } from './provider-library.js';
import { settleTf32 } from './tf32.js';

/**
 * ONNX Runtime on NVIDIA GPUs, in Node on Linux.
 *
 * @throws BackendError that says what to install where something is missing, ArgumentError for a device that is no whole
 * number or a `tf32` that contradicts an earlier backend.
 */
export async function cuda(options: CudaOptions = {}): Promise<Backend> {
  const runtime = await loadNodeRuntime('cuda');
  assertProviderInstalled();
  settleTf32(options.tf32);
  return createCudaBackend(runtime, options);
}
