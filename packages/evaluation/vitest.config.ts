import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] } },
  test: { include: ['test/**/*.test.ts'], testTimeout: 300_000 },
});
