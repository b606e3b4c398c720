import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    losses: 'src/losses/index.ts',
    objective: 'src/objective/index.ts',
    node: 'src/node/index.ts',
    conformance: 'src/conformance/index.ts',
  },
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  clean: true,
});
