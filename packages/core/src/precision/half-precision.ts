import type { Graph } from '../graph/graph.js';
import type { Node } from '../graph/node.js';
import type { OperationName } from '../graph/table/index.js';
import { expandComposites } from '../operations/expand.js';
import { convertFloats } from './convert-floats.js';

/** Where nearly all the work is. Engines add up the terms of half-precision products in float32. */
const products: ReadonlySet<OperationName> = new Set(['linear', 'matmul', 'conv', 'convTranspose']);

/** What moves elements without computing. */
const movements: ReadonlySet<OperationName> = new Set([
  'reshape',
  'transpose',
  'broadcastTo',
  'slice',
  'pad',
  'concat',
  'stopGradient',
  'identity',
]);

/**
 * What loses nothing to speak of in half precision, and stays in it between products. Sums, quotients, exponentials and
 * everything made of them stay in float32.
 */
const harmless: ReadonlySet<OperationName> = new Set([
  ...movements,
  'neg',
  'abs',
  'add',
  'sub',
  'mul',
  'maximum',
  'minimum',
  'where',
  'tanh',
  'sigmoid',
  'relu',
  'leakyRelu',
  'gelu',
  'silu',
]);

/**
 * Computes products in float16, and what lies between two products where that is harmless: mixed precision as
 * in PyTorch's autocast.
 *
 * @param isKept tells the constants whose layers stay in float32.
 */
export function computeInHalf(graph: Graph, isKept: (constant: Node) => boolean): Graph {
  const kept = new Set<Node>([...graph.constants.keys()].filter(isKept));
  // The softmax within is not to be computed in half precision.
  const apart = expandComposites(graph, (name) => name !== 'scaledDotProductAttention');
  return convertFloats(apart, (node, inputs) => {
    const isOfKept = inputs.some(({ original }) => kept.has(original));
    if (isOfKept && movements.has(node.operation)) kept.add(node);
    if (isOfKept) return 'float32';
    if (products.has(node.operation)) return 'float16';
    const bound = inputs.filter(({ free }) => !free);
    const isHalf = bound.length > 0 && bound.every(({ dtype }) => dtype === 'float16');
    return isHalf && harmless.has(node.operation) ? 'float16' : 'float32';
  });
}

/** Computes everything in float32. */
export function widenHalf(graph: Graph): Graph {
  return graph.nodes.some(({ dtype }) => dtype === 'float16') ? convertFloats(graph, () => 'float32') : graph;
}
