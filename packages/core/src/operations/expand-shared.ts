import { Graph } from '../graph/graph.js';
import { KnownNodes, shareCommonSubexpressions } from '../graph/passes/common-subexpressions.js';
import { rewriteGraph } from '../graph/passes/rewrite.js';
import type { OperationName } from '../graph/table/index.js';
import { expandNode } from './expand.js';

/** Activations that are their argument times a gate, which their derivative needs as well. */
const gated: ReadonlySet<OperationName> = new Set(['gelu', 'silu']);

/**
 * Replaces activations by their definitions where the graph computes their gates anyway, as it does in training. An
 * engine's kernel for the whole activation keeps the gate to itself, which then is computed twice.
 */
export function expandShared(graph: Graph): Graph {
  const candidates = graph.nodes.filter(({ operation }) => gated.has(operation));
  if (candidates.length === 0) return graph;
  const known = new KnownNodes();
  for (const node of graph.nodes) known.add(node);
  const constants = new Map(graph.constants);
  const shared = new Set(
    candidates.filter((node) => {
      const [, gate] = expandNode(node, constants).inputs;
      return known.find(gate!) !== undefined;
    }),
  );
  if (shared.size === 0) return graph;
  const { inputs, outputs } = rewriteGraph(graph, (node, original) =>
    shared.has(original) ? expandNode(node, constants) : node,
  );
  return shareCommonSubexpressions(new Graph(inputs, outputs, constants));
}
