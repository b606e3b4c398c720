import { lowerGraph } from '@softvq/backends/onnx';
import type { Backend } from '@softvq/core';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { type Candidate, chain, graphOn } from './compare.js';

/** What the modules of ONNX Runtime have in common. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

export interface BareOptions {
  readonly runtime: OnnxRuntime;
  readonly executionProvider: InferenceSession.ExecutionProviderConfig;
  /** Whose kernels the model is written for. */
  readonly kernels: 'cpu' | 'webgpu';
  /** Where results stay until the next run. */
  readonly outputs: 'cpu' | 'gpu-buffer';
  /** Tells which composites are left as they are. */
  readonly createBackend: () => Promise<Backend>;
}

/** ONNX Runtime itself on the very model that the backend makes, as an application would call it. */
export function bareSession(
  name: string,
  { runtime, executionProvider, kernels, outputs, createBackend }: BareOptions,
): Candidate {
  return {
    name,
    create: async (network, shape, start) => {
      const backend = await createBackend();
      const graph = await graphOn(backend, network, shape);
      const { model, inputNames, outputNames } = await lowerGraph(graph, {
        microsoftOperators: true,
        kernels,
        inlineBelow: Number.POSITIVE_INFINITY,
      });
      const session = await runtime.InferenceSession.create(model, {
        executionProviders: [executionProvider],
        preferredOutputLocation: outputs,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      });
      return {
        run: async () => {
          let x = new runtime.Tensor('float32', start, shape);
          for (let i = 0; i < chain; i++) {
            const results = await session.run({ [inputNames[0]!]: x });
            x.dispose();
            x = results[outputNames[0]!]!;
          }
          await x.getData();
          x.dispose();
        },
        dispose: async () => {
          await session.release();
          await backend.dispose();
        },
      };
    },
  };
}
