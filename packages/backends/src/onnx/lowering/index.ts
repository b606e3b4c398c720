import type { DType } from '@softvq/core';
import type { CompositeName, OperationName, PrimitiveName } from '@softvq/core/graph';
import { composites } from './composites.js';
import type { Lowering } from './context.js';
import { convolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { movement } from './movement.js';
import { pooling } from './pooling.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { sources } from './sources.js';
import { trigonometry } from './trigonometry.js';

export { normalized } from './composites.js';

type Lowerable = Exclude<PrimitiveName, 'input' | 'constant'> | keyof typeof composites;

const lowerings: { readonly [Name in Lowerable]: Lowering<Name> } = {
  ...sources,
  ...elementwise,
  ...trigonometry,
  ...reductions,
  ...movement,
  ...indexing,
  ...products,
  ...convolution,
  ...pooling,
  ...composites,
};

/**
 * Composites that have operators of their own in ONNX or ONNX Runtime. For float64 there are few kernels, and those
 * that exist compute with constants of float32.
 */
export const nativeComposites: Readonly<Partial<Record<CompositeName, readonly DType[]>>> =
  Object.fromEntries(Object.keys(composites).map((name) => [name, ['float32', 'float16']]));

/** How an operation is written in ONNX; undefined for composites that must be expanded first. */
export function loweringOf<Name extends OperationName>(name: Name): Lowering<Name> | undefined {
  return (lowerings as { readonly [Other in OperationName]?: Lowering<never> })[name] as
    | Lowering<Name>
    | undefined;
}
