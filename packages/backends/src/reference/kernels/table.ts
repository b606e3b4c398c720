import type { PrimitiveName } from '@softvq/core/graph';
import { convolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import type { Kernels } from './kernel.js';
import { matmul } from './matmul.js';
import { movement } from './movement.js';
import { pooling } from './pooling.js';
import { reductions } from './reductions.js';
import { sources } from './sources.js';

/** Every primitive but those whose elements come from outside. */
export type KernelName = Exclude<PrimitiveName, 'input' | 'constant'>;

export const kernels: Kernels<KernelName> = {
  ...sources,
  ...elementwise,
  ...reductions,
  ...movement,
  ...indexing,
  ...matmul,
  ...convolution,
  ...pooling,
};
