import { Graph } from '../graph.js';
import type { Node } from '../node.js';

/**
 * Rebuilds a graph from its inputs on. `visit` sees every node with its inputs already rewritten and
 * returns what takes its place; `original` is the node as it was. Inputs and constants stay.
 */
export function rewriteGraph(graph: Graph, visit: (node: Node, original: Node) => Node): Graph {
  const rewritten = new Map<Node, Node>();
  for (const node of graph.nodes) {
    if (node.operation === 'input' || node.operation === 'constant') {
      rewritten.set(node, node);
      continue;
    }
    const inputs = node.inputs.map((input) => rewritten.get(input)!);
    const changed = inputs.some((input, i) => input !== node.inputs[i]);
    rewritten.set(node, visit(changed ? ({ ...node, inputs } as Node) : node, node));
  }
  return new Graph(
    graph.inputs,
    graph.outputs.map((output) => rewritten.get(output)!),
    graph.constants,
  );
}
