import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.base.js';

const inBrowser = 'test/browser/**/*.test.ts';
// Sees what is loaded when.
const alone = 'test/tfjs-loading.test.ts';

export default mergeConfig(
  base,
  defineConfig({
    test: {
      projects: [
        {
          extends: true,
          test: {
            name: 'node',
            include: ['test/**/*.test.ts'],
            exclude: [inBrowser, alone],
            // Tests of memory collect garbage before they measure.
            execArgv: ['--expose-gc'],
            // The software rendering that Chromium brings, for WebGPU without a GPU.
            env: { VK_ICD_FILENAMES: '/usr/lib/chromium/vk_swiftshader_icd.json' },
          },
        },
        { extends: true, test: { name: 'alone', include: [alone], isolate: true } },
        {
          extends: true,
          test: { name: 'browser', include: [inBrowser], globalSetup: 'test/browser/setup.ts' },
        },
      ],
    },
  }),
);
