import type { Graph } from '../graph.js';
import type { Node } from '../node.js';
import { rewriteGraph } from './rewrite.js';

/** Computes what is computed twice only once. */
export function shareCommonSubexpressions(graph: Graph): Graph {
  const numbers = new Map<Node, number>();
  const numberOf = (node: Node): number => {
    const number = numbers.get(node) ?? numbers.size;
    numbers.set(node, number);
    return number;
  };
  const seen = new Map<string, Node>();
  return rewriteGraph(graph, (node) => {
    const key = `${node.operation}(${node.inputs.map(numberOf)})${attributesKey(node.attributes)}`;
    const known = seen.get(key);
    if (known === undefined) seen.set(key, node);
    return known ?? node;
  });
}

/** Text that differs whenever two attributes differ; JSON alone would make NaN, infinities and -0 equal. */
export function attributesKey(attributes: object): string {
  return JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `number ${Object.is(value, -0) ? '-0' : value}`
      : value,
  );
}
