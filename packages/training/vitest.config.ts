import { mergeConfig } from 'vitest/config';
import base from '../../vitest.base.js';

// Tests here count the tensors in memory, and garbage of other files would go while they do.
export default mergeConfig(base, { test: { isolate: true } });
