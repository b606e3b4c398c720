import { type ConstantData, Graph } from '../graph/graph.js';
import type { Node, NodeOf } from '../graph/node.js';
import { rewriteGraph } from '../graph/passes/rewrite.js';
import { type CompositeName, isComposite } from '../graph/table/index.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { buildNodes, tracedArgument } from '../tensor/trace.js';
import { defineComposite } from './definitions.js';

/** Replaces composites by their definitions, all but those that `isNative` says the backend runs itself. */
export function expandComposites(
  graph: Graph,
  isNative: (name: CompositeName, dtype: DType) => boolean,
): Graph {
  const isForeign = ({ operation, dtype }: Node): boolean =>
    isComposite(operation) && !isNative(operation, dtype);
  let expanded = graph;
  // A definition may use composites itself, so one round may not be enough.
  while (expanded.nodes.some(isForeign)) {
    const constants = new Map(expanded.constants);
    const next = rewriteGraph(expanded, (node) => (isForeign(node) ? expandNode(node, constants) : node));
    expanded = new Graph(next.inputs, next.outputs, constants);
  }
  return expanded;
}

/** The definition of a composite node. What it needs of tables of numbers is added to `constants`. */
export function expandNode(node: Node, constants: Map<NodeOf<'constant'>, ConstantData>): Node {
  const args = node.inputs.map((input) => tracedArgument('', input.shape, input.dtype));
  const leaves = new Map<Tensor, Node>(args.map((arg, i) => [arg, node.inputs[i]!]));
  const definition = defineComposite(node.operation as CompositeName, args, node.attributes as never);
  const [result] = buildNodes([definition], (tensor) => {
    const elements = tensor.storage?.resident;
    if (elements === undefined || leaves.has(tensor)) return leaves.get(tensor);
    const { shape, dtype } = tensor;
    const attributes = { name: `${node.operation}${constants.size}`, shape, dtype };
    const constant: NodeOf<'constant'> = { operation: 'constant', attributes, inputs: [], shape, dtype };
    constants.set(constant, elements);
    leaves.set(tensor, constant);
    return constant;
  });
  return result!;
}
