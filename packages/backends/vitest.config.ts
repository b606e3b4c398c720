import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] } },
  // Tests of memory collect garbage before they measure.
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, execArgv: ['--expose-gc'] },
});
