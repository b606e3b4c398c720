import { defineConfig } from 'tsup';

export default defineConfig({
  // Workers are started by their file address, so they have to stay files of their own beside the others.
  entry: {
    index: 'src/index.ts',
    node: 'src/node/index.ts',
    browser: 'src/browser/index.ts',
    emoji: 'src/emoji/index.ts',
    'picture-worker': 'src/node/workers/picture-worker.ts',
    'emoji-worker': 'src/emoji/emoji-worker.ts',
  },
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  clean: true,
});
