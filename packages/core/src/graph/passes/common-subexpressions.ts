import type { Graph } from '../graph.js';
import type { Node } from '../node.js';
import { rewriteGraph } from './rewrite.js';

/** Computes what is computed twice only once. */
export function shareCommonSubexpressions(graph: Graph): Graph {
  const known = new KnownNodes();
  return rewriteGraph(graph, (node) => known.add(node));
}

/** Nodes by what they compute. */
export class KnownNodes {
  readonly #numbers = new Map<Node, number>();
  readonly #byKey = new Map<string, Node>();

  /** The known node that computes the same from the same nodes; if there is none, this one from now on. */
  add(node: Node): Node {
    const key = this.#keyOf(node.operation, node.inputs, node.attributes);
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, node);
    return known ?? node;
  }

  /** The known node that computes the same, where all that it is computed from is known as well. */
  find(node: Node): Node | undefined {
    if (this.#numbers.has(node)) return node;
    const inputs = node.inputs.map((input) => this.find(input));
    return inputs.every((input) => input !== undefined)
      ? this.#byKey.get(this.#keyOf(node.operation, inputs, node.attributes))
      : undefined;
  }

  #keyOf(operation: string, inputs: readonly Node[], attributes: object): string {
    return `${operation}(${inputs.map((input) => this.#numberOf(input))})${attributesKey(attributes)}`;
  }

  #numberOf(node: Node): number {
    const number = this.#numbers.get(node) ?? this.#numbers.size;
    this.#numbers.set(node, number);
    return number;
  }
}

/** Text that differs whenever two attributes differ; JSON alone would make NaN, infinities and -0 equal. */
export function attributesKey(attributes: object): string {
  return JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `number ${Object.is(value, -0) ? '-0' : value}`
      : value,
  );
}
