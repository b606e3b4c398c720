import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['softvq-source', 'node', 'import', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/setup.ts',
    testTimeout: 300_000,
    hookTimeout: 180_000,
    // The software rendering that Chromium brings, for WebGPU without a GPU.
    env: { VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' },
  },
});
