export * from './autodiff/index.js';
export * from './contracts/index.js';
export * from './errors.js';
export { Graph } from './graph/graph.js';
export type { CompositeName, OperationName, PrimitiveName } from './graph/table/index.js';
export * from './operations/index.js';
export type { Precision, PrecisionName, PrecisionOptions } from './precision/index.js';
export * from './registry/index.js';
export * from './tensor/index.js';
