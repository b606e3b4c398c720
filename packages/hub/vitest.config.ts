import { mergeConfig } from 'vitest/config';
import base from '../../vitest.base.js';

// Tests here replace modules, for themselves only.
export default mergeConfig(base, { test: { isolate: true } });
