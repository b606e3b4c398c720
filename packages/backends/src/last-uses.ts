import type { Graph, Node } from '@softvq/core/graph';

/** For each node of the graph in order, the values that nobody needs after it. Outputs are needed for ever. */
export function lastUses({ nodes, outputs }: Graph): readonly (readonly Node[])[] {
  const seen = new Set<Node>(outputs);
  const releases: Node[][] = nodes.map(() => []);
  for (const [i, node] of [...nodes.entries()].reverse()) {
    for (const value of [node, ...node.inputs]) {
      if (!seen.has(value)) releases[i]!.push(value);
      seen.add(value);
    }
  }
  return releases;
}
