import type { DType } from '@softvq/core';
import type { CompositeName, Node, OperationName, PrimitiveName } from '@softvq/core/graph';
import { composites } from './composites.js';
import { convolution, kernelOrder } from './convolution.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import type { Kernel, Kernels } from './kernel.js';
import { movement } from './movement.js';
import { pooling } from './pooling.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { sources } from './sources.js';

const { matmul, linear } = products;

const primitives: Kernels<Exclude<PrimitiveName, 'input' | 'constant'>> = {
  ...sources,
  ...elementwise,
  ...reductions,
  ...movement,
  ...indexing,
  matmul,
  ...convolution,
  ...pooling,
};

const native = { linear, ...composites };

/** The composites that have a kernel. */
export const nativeComposites = Object.fromEntries(
  Object.keys(native).map((name) => [name, ['float32']]),
) as Partial<Record<CompositeName, readonly DType[]>>;

const kernels: Partial<Record<OperationName, AnyKernel>> = { ...primitives, ...native };

/** A kernel whose attributes are those of the node it was found for. */
export type AnyKernel = Kernel<never>;

export function kernelOf({ operation }: Node): AnyKernel | undefined {
  return kernels[operation];
}

/** By operation and number of axes: the order of a weight's axes that the kernel need not bring about itself. */
export const arrangements: Partial<Record<OperationName, Readonly<Record<number, readonly number[]>>>> = {
  linear: { 2: [1, 0] },
  conv: kernelOrder,
  convTranspose: kernelOrder,
};
