import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    select: 'src/select/browser/index.ts',
    'select-node': 'src/select/node/index.ts',
    reference: 'src/reference/index.ts',
    onnx: 'src/onnx/index.ts',
    cpu: 'src/cpu/index.ts',
    cuda: 'src/cuda/index.ts',
    wasm: 'src/wasm/browser/index.ts',
    'wasm-node': 'src/wasm/node/index.ts',
    webgpu: 'src/webgpu/browser/index.ts',
    'webgpu-node': 'src/webgpu/node/index.ts',
    conformance: 'src/conformance/index.ts',
    tfjs: 'src/tfjs/index.ts',
  },
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  clean: true,
  splitting: true,
});
