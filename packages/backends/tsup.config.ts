import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    reference: 'src/reference/index.ts',
    onnx: 'src/onnx/index.ts',
    cpu: 'src/cpu/index.ts',
    conformance: 'src/conformance/index.ts',
  },
  format: 'esm',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  clean: true,
  splitting: true,
});
