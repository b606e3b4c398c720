import { composites } from './composites.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { movement } from './movement.js';
import type { Operation } from './operation.js';
import { pooling } from './pooling.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { sources } from './sources.js';

/** Every operation there is: its kind, attributes, and rules for shape and element type. */
export const operations = {
  ...sources,
  ...elementwise,
  ...reductions,
  ...movement,
  ...indexing,
  ...products,
  ...pooling,
  ...composites,
};

export type OperationName = keyof typeof operations;
export type CompositeName = keyof typeof composites;
export type PrimitiveName = Exclude<OperationName, CompositeName>;

export type AttributesOf<Name extends OperationName> =
  (typeof operations)[Name] extends Operation<infer Attributes extends object> ? Attributes : never;

export function isComposite(name: OperationName): name is CompositeName {
  return operations[name].kind === 'composite';
}

/** A row of the table without its attribute type, for code that walks any graph. */
export function operationOf(name: OperationName): Operation<unknown> {
  return operations[name] as Operation<unknown>;
}

export type { ResizeAttributes } from './composites.js';
export type { SliceAttributes } from './movement.js';
export type { NoAttributes, Operation, TensorSpec } from './operation.js';
export { formatSpec } from './operation.js';
export type { PoolAttributes } from './pooling.js';
export type { ConvAttributes, ConvTransposeAttributes, MatmulAttributes } from './products.js';
export type { AxisAttributes, ReduceAttributes } from './reductions.js';
