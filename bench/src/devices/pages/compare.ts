import { tfjs } from '@softvq/backends/tfjs';
import { wasm } from '@softvq/backends/wasm';
import { webgpu } from '@softvq/backends/webgpu';
import * as tf from '@tensorflow/tfjs';
import plainWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { expose } from '../../../../packages/backends/test/browser/expose.js';
import { bareSession } from '../bare-session.js';
import { compareRates, ours, type Rates } from '../compare.js';
import { ofGpus, ofWebAssembly, rounds } from '../sizes.js';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plainWasm,
  'tfjs-backend-wasm-simd.wasm': simdWasm,
  'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
};

// The engine is imported as the backends do, so that it is a module of its own: it makes its threads of that module.
const functions = {
  webAssembly: async (threads: number): Promise<Rates> => {
    const createBackend = () => wasm({ threads });
    return compareRates(
      ofWebAssembly,
      [
        ours('wasm', createBackend),
        bareSession('bare wasm', {
          runtime: await import('onnxruntime-web/wasm'),
          executionProvider: 'wasm',
          kernels: 'cpu',
          outputs: 'cpu',
          createBackend,
        }),
        ours('tfjs', () => tfjs({ tf, device: 'wasm', wasmPaths })),
      ],
      rounds.webAssembly,
    );
  },
  gpu: async (threads: number): Promise<Rates> => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter!.requestDevice();
    const createBackend = () => webgpu({ device });
    return compareRates(
      ofGpus,
      [
        ours('webgpu', createBackend),
        bareSession('bare webgpu', {
          runtime: await import('onnxruntime-web/webgpu'),
          executionProvider: { name: 'webgpu', device },
          outputs: 'gpu-buffer',
          kernels: 'webgpu',
          createBackend,
        }),
        ours('tfjs', () => tfjs({ tf, device: 'webgl' })),
        ours('wasm', () => wasm({ threads })),
      ],
      rounds.gpu,
    );
  },
};

export type ComparePage = typeof functions;

// tfjs computes small tensors on the CPU unless told.
tf.env().set('WEBGL_CPU_FORWARD', false);
expose(functions);
