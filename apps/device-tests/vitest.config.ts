import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.base.js';

export default mergeConfig(
  base,
  defineConfig({
    test: {
      globalSetup: 'test/setup.ts',
      // The software rendering that Chromium brings, for WebGPU without a GPU.
      env: { VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' },
    },
  }),
);
