import type { Graph } from '../graph/graph.js';
import type { Node, NodeOf } from '../graph/node.js';

/** The float32 constants of a graph that are nothing but weights of `linear`. */
export function linearWeights(graph: Graph): ReadonlySet<NodeOf<'constant'>> {
  const weights = new Set<NodeOf<'constant'>>();
  for (const { operation, inputs } of graph.nodes) {
    const weight = inputs[1];
    if (operation === 'linear' && weight?.operation === 'constant' && weight.dtype === 'float32') {
      weights.add(weight);
    }
  }
  const drop = (node: Node) => node.operation === 'constant' && weights.delete(node);
  for (const { operation, inputs } of graph.nodes) {
    for (const [i, input] of inputs.entries()) {
      if (operation !== 'linear' || i !== 1) drop(input);
    }
  }
  for (const output of graph.outputs) drop(output);
  return weights;
}
