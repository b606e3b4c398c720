import type { Graph } from '@softvq/core/graph';
import { lowerGraph, nativeComposites } from '../onnx/index.js';
import type { LoweredForEngine, SessionOptions } from '../onnx-session/index.js';

const { logSoftmax: _, ...others } = nativeComposites;

/** All but logSoftmax, for which the engine has no kernel: it would bring the logits down and compute on the CPU. */
export const gpuComposites = others;

/** A graph as the WebGPU kernels of ONNX Runtime take it, with results that stay on the device. */
export async function lowerForGpu(graph: Graph, base: SessionOptions): Promise<LoweredForEngine> {
  const { external, ...lowered } = await lowerGraph(graph, { microsoftOperators: true, kernels: 'webgpu' });
  return {
    ...lowered,
    options: {
      ...base,
      preferredOutputLocation: 'gpu-buffer',
      externalData: external.map(({ location, data }) => ({ path: location, data })),
    },
  };
}
