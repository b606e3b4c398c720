import { defineConfig } from 'vitest/config';

/** What the tests of all packages have in common. */
export default defineConfig({
  resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] } },
  test: {
    // What hangs is stopped, and what is slow beside the tests of another package is not.
    testTimeout: 300_000,
    hookTimeout: 180_000,
    // There is a package under test for every core: threads beside it would wait for each other.
    env: { SOFTVQ_THREADS: '1' },
  },
});
