import type { Shape } from '../tensor/dimension.js';
import type { DType } from '../tensor/dtype.js';
import type { AttributesOf, OperationName } from './table/index.js';

/** One operation of a graph with its place, attributes and what it makes. Immutable. */
export interface NodeOf<Name extends OperationName> {
  readonly operation: Name;
  readonly attributes: AttributesOf<Name>;
  readonly inputs: readonly Node[];
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Any node; `node.operation` tells which, and so what its attributes are. */
export type Node = { [Name in OperationName]: NodeOf<Name> }[OperationName];

/**
 * Everything that `outputs` need, every node after its inputs. `leaves` come first even if nothing needs them.
 */
export function topologicalOrder(outputs: readonly Node[], leaves: readonly Node[] = []): Node[] {
  return collectInOrder<Node>(outputs, (node) => node.inputs, leaves);
}

/** Depth-first post-order without recursion: graphs of thousands of nodes in a row are normal. */
export function collectInOrder<Item>(
  roots: readonly Item[],
  inputsOf: (item: Item) => readonly Item[],
  first: readonly Item[] = [],
): Item[] {
  const done = new Set<Item>(first);
  const order = [...first];
  const stack: { item: Item; next: number }[] = [];
  for (const root of roots) {
    if (!done.has(root)) stack.push({ item: root, next: 0 });
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const input = inputsOf(top.item)[top.next++];
      if (input === undefined) {
        stack.pop();
        if (!done.has(top.item)) {
          done.add(top.item);
          order.push(top.item);
        }
      } else if (!done.has(input)) {
        stack.push({ item: input, next: 0 });
      }
    }
  }
  return order;
}
