import type { Graph } from './graph.js';
import type { Node } from './node.js';
import { formatSpec } from './table/index.js';

/**
 * The graph as text:
 *
 *     %0 = input "images" float32[batch, 3, 64, 64]
 *     %1 = mul(%0, 0.5) float32[batch, 3, 64, 64]
 *     return %1
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Node, string>();
  const lines: string[] = [];
  for (const node of graph.nodes) {
    if (node.operation === 'fill' && node.shape.length === 0) {
      names.set(node, String(node.attributes.value));
      continue;
    }
    const name = `%${lines.length}`;
    names.set(node, name);
    lines.push(`${name} = ${describe(node, names)}`);
  }
  lines.push(`return ${graph.outputs.map((node) => names.get(node)).join(', ')}`);
  return lines.join('\n');
}

function describe(node: Node, names: ReadonlyMap<Node, string>): string {
  if (node.operation === 'input' || node.operation === 'constant') {
    return `${node.operation} "${node.attributes.name}" ${formatSpec(node)}`;
  }
  const inputs = node.inputs.map((input) => names.get(input)).join(', ');
  return `${node.operation}(${inputs})${describeAttributes(node)} ${formatSpec(node)}`;
}

/** Attributes that the printed shape does not already tell. */
function describeAttributes(node: Node): string {
  const entries = Object.entries(node.attributes).filter(([key]) => key !== 'shape' && key !== 'dtype');
  if (entries.length === 0) return '';
  return ` {${entries.map(([key, value]) => `${key}: ${describeValue(value)}`).join(', ')}}`;
}

function describeValue(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return `[${value.map(describeValue).join(', ')}]`;
}
