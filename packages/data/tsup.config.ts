import { defineConfig } from 'tsup';

export default defineConfig({
  // The worker is started by its file address, so it has to stay a file of its own beside the index.
  entry: { index: 'src/index.ts', 'emoji-worker': 'src/emoji/emoji-worker.ts' },
  format: 'esm',
  target: 'es2022',
  dts: { entry: { index: 'src/index.ts' } },
  sourcemap: true,
  clean: true,
});
