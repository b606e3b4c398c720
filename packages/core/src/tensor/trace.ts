import { DisposedError } from '../errors.js';
import { type ConstantData, Graph } from '../graph/graph.js';
import { collectInOrder, type Node, type NodeOf, topologicalOrder } from '../graph/node.js';
import { isStatic, type Shape } from './dimension.js';
import type { DType } from './dtype.js';
import type { Storage } from './storage.js';
import { Tensor } from './tensor.js';

/** A tensor that stands for an argument while a function is traced. */
export function tracedArgument(name: string, shape: Shape, dtype: DType): Tensor {
  return new Tensor({ shape, dtype }, { operation: 'input', inputs: [], attributes: { name, shape, dtype } });
}

export function inputNode(name: string, { shape, dtype }: Tensor): NodeOf<'input'> {
  return { operation: 'input', attributes: { name, shape, dtype }, inputs: [], shape, dtype };
}

/**
 * Turns what tensors note into nodes. `leaf` gives the node of a tensor that is not to be looked behind,
 * such as an argument.
 */
export function buildNodes(outputs: readonly Tensor[], leaf: (tensor: Tensor) => Node | undefined): Node[] {
  const nodes = new Map<Tensor, Node>();
  const order = collectInOrder(outputs, (tensor) => (leaf(tensor) === undefined ? inputsOf(tensor) : []));
  for (const tensor of order) {
    nodes.set(tensor, leaf(tensor) ?? nodeFor(tensor, nodes));
  }
  return outputs.map((tensor) => nodes.get(tensor)!);
}

function inputsOf(tensor: Tensor): readonly Tensor[] {
  return tensor.expression?.inputs ?? [];
}

function nodeFor({ expression, shape, dtype }: Tensor, nodes: ReadonlyMap<Tensor, Node>): Node {
  if (expression === undefined) throw new DisposedError('a disposed tensor is used');
  const inputs = expression.inputs.map((input) => nodes.get(input)!);
  return { operation: expression.operation, attributes: expression.attributes, inputs, shape, dtype } as Node;
}

/** A graph and what to feed it. */
export interface CapturedGraph {
  readonly graph: Graph;
  /** The storages of `graph.inputs`, in order. */
  readonly feeds: readonly Storage[];
}

/** The graph of lazy tensors; whatever has elements already becomes an input. */
export function captureInputs(outputs: readonly Tensor[]): CapturedGraph {
  const nodes = new Map<Storage, NodeOf<'input'>>();
  const outputNodes = buildNodes(outputs, (tensor) => {
    const { storage } = tensor;
    if (storage === undefined) return undefined;
    const node = nodes.get(storage) ?? inputNode(`input${nodes.size}`, tensor);
    nodes.set(storage, node);
    return node;
  });
  return { graph: new Graph([...nodes.values()], outputNodes), feeds: [...nodes.keys()] };
}

/** The graph of traced tensors; whatever has elements already becomes a constant, with a name if `names` has one. */
export async function captureConstants(
  outputs: readonly Tensor[],
  args: ReadonlyMap<Tensor, NodeOf<'input'>>,
  names: ReadonlyMap<Storage, string>,
): Promise<Graph> {
  const nodes = new Map<Storage, NodeOf<'constant'>>();
  const outputNodes = buildNodes(outputs, (tensor) => {
    const { storage, shape, dtype } = tensor;
    if (storage === undefined) return args.get(tensor);
    const attributes = { name: names.get(storage) ?? `constant${nodes.size}`, shape, dtype };
    const node = nodes.get(storage) ?? { operation: 'constant', attributes, inputs: [], shape, dtype };
    nodes.set(storage, node);
    return node;
  });
  const constants = new Map<NodeOf<'constant'>, ConstantData>();
  for (const [storage, node] of nodes) constants.set(node, await storage.constant());
  const used = new Set(topologicalOrder(outputNodes));
  return new Graph(
    // Where only the sizes of an argument matter, it still has to be there to tell them.
    [...args.values()].filter((node) => used.has(node) || !isStatic(node.shape)),
    outputNodes,
    constants,
  );
}
