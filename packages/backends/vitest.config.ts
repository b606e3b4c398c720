import { defineConfig } from 'vitest/config';

const inBrowser = 'test/browser/**/*.test.ts';

export default defineConfig({
  resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] } },
  test: {
    testTimeout: 300_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [inBrowser],
          // Tests of memory collect garbage before they measure.
          execArgv: ['--expose-gc'],
          // The software rendering that Chromium brings, for WebGPU without a GPU.
          env: { VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' },
        },
      },
      {
        extends: true,
        test: { name: 'browser', include: [inBrowser], globalSetup: 'test/browser/setup.ts' },
      },
    ],
  },
});
