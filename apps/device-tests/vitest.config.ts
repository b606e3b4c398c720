import { defineConfig, mergeConfig } from 'vitest/config';
import base, { sources } from '../../vitest.base.js';

export default mergeConfig(
  mergeConfig(base, sources),
  defineConfig({
    test: {
      // The proofs of a file share their devices, which are closed with it.
      isolate: true,
      globalSetup: 'test/setup.ts',
      // The software rendering that Chromium brings, for WebGPU without a GPU.
      env: { VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' },
    },
  }),
);
