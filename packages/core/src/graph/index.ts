export { type Bindings, evaluateDimension, evaluateShape, symbolsOf } from '../tensor/dimension.js';
export { bindInputs } from './bind-inputs.js';
export { type ConstantData, Graph } from './graph.js';
export { type Node, type NodeOf, topologicalOrder } from './node.js';
export {
  foldConstants,
  optimize,
  rewriteGraph,
  shareCommonSubexpressions,
  simplify,
} from './passes/index.js';
export { scalarFunctions } from './scalar-functions.js';
export * from './table/index.js';
