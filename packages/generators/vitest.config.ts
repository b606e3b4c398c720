import { mergeConfig } from 'vitest/config';
import base, { sources } from '../../vitest.base.js';

export default mergeConfig(base, sources);
