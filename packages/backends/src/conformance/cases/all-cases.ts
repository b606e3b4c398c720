import type { OperationCase } from '../operation-case.js';
import { activations } from './activations.js';
import { attention } from './attention.js';
import { binary } from './binary.js';
import { convolution } from './convolution.js';
import { indexing } from './indexing.js';
import { movement } from './movement.js';
import { normalization } from './normalization.js';
import { pooling } from './pooling.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { resizing } from './resizing.js';
import { sources } from './sources.js';
import { specialValues } from './special-values.js';
import { unary } from './unary.js';

/** Every case of every operation. The first case of an operation is also run with constants for inputs. */
export const cases: readonly OperationCase[] = [
  ...sources,
  ...unary,
  ...binary,
  ...reductions,
  ...movement,
  ...indexing,
  ...products,
  ...convolution,
  ...pooling,
  ...activations,
  ...normalization,
  ...attention,
  ...resizing,
  ...specialValues,
];
