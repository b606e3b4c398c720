import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    contracts: 'src/contracts/index.ts',
    graph: 'src/graph/index.ts',
    nn: 'src/nn/index.ts',
    optim: 'src/optim/index.ts',
    random: 'src/random/index.ts',
    io: 'src/io/index.ts',
    node: 'src/node/index.ts',
  },
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  clean: true,
  splitting: true,
});
