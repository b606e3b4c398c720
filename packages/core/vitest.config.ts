import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.base.js';

// The reference backend, which computes in these tests, is that of the sources, and wants the same core.
const conditions = ['softvq-source', 'node', 'import', 'default'];

export default mergeConfig(base, defineConfig({ resolve: { conditions }, ssr: { resolve: { conditions } } }));
