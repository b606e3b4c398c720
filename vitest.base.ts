import { defineConfig } from 'vitest/config';

/**
 * Packages import each other by name. Turbo has built what a package depends on, and its tests run against that, which
 * is what users get; vitest called by itself takes the sources, so that nothing has to be built.
 */
// biome-ignore lint/suspicious/noUndeclaredEnvVars: it is Turbo's own, and set in all its tasks.
const fromSources = process.env['TURBO_HASH'] === undefined;

const resolving = (conditions: readonly string[]) => {
  const resolve = { conditions: [...conditions, 'node', 'import', 'default'] };
  return { resolve, ssr: { resolve } };
};

/** For tests that take all packages from the sources, since they import their own package by name or wait for no build. */
export const sources = resolving(['softvq-source']);

/** What the tests of all packages have in common. */
export default defineConfig({
  ...resolving(fromSources ? ['softvq-source'] : []),
  test: {
    // Files of a package share what they import: to load it for each would be a tenth of the time of all tests.
    isolate: false,
    // What hangs is stopped, and what is slow beside the tests of another package is not.
    testTimeout: 300_000,
    hookTimeout: 180_000,
    // There is a package under test for every core: threads beside it would wait for each other.
    env: {
      SOFTVQ_THREADS: '1',
      // Programs that tests start resolve names as the tests do.
      ...(fromSources && { NODE_OPTIONS: '--conditions=softvq-source' }),
    },
  },
});
