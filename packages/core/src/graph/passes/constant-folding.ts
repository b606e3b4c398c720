import type { Graph } from '../graph.js';
import type { Node, NodeOf } from '../node.js';
import { scalarFunctions } from '../scalar-functions.js';
import { rewriteGraph } from './rewrite.js';

const movesElements = new Set(['reshape', 'transpose', 'broadcastTo', 'slice', 'stopGradient', 'identity']);

/** Operations on values that are one number everywhere become one number everywhere. */
export function foldConstants(graph: Graph): Graph {
  return rewriteGraph(graph, (node) => {
    if (node.inputs.length === 0 || !node.inputs.every(isFill)) return node;
    const value = fold(
      node,
      node.inputs.map((input) => input.attributes.value),
    );
    return value === undefined ? node : fill(value, node);
  });
}

export function isFill(node: Node): node is NodeOf<'fill'> {
  return node.operation === 'fill';
}

/** One number everywhere, with the shape and element type of `like`. */
export function fill(value: number, { shape, dtype }: Pick<Node, 'shape' | 'dtype'>): NodeOf<'fill'> {
  return { operation: 'fill', attributes: { value, shape, dtype }, inputs: [], shape, dtype };
}

function fold(node: Node, values: readonly number[]): number | undefined {
  if (movesElements.has(node.operation)) return values[0];
  if (node.operation === 'cast') return castNumber(values[0]!, node);
  const compute = scalarFunctions[node.operation as keyof typeof scalarFunctions];
  return compute === undefined
    ? undefined
    : Number((compute as (...args: number[]) => number | boolean)(...values));
}

function castNumber(value: number, { dtype }: Node): number | undefined {
  if (dtype === 'bool') return value === 0 ? 0 : 1;
  if (dtype === 'int32' || dtype === 'int64' || dtype === 'uint8') {
    return Number.isFinite(value) ? Math.trunc(value) : undefined;
  }
  return value;
}
