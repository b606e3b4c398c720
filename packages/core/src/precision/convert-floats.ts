import { type ConstantData, Graph } from '../graph/graph.js';
import type { Node, NodeOf } from '../graph/node.js';
import { fill, isFill } from '../graph/passes/constant-folding.js';
import { convertElements } from '../tensor/convert-elements.js';
import type { DType } from '../tensor/dtype.js';

export type ComputedFloat = 'float32' | 'float16';

/** The inputs of a node as they are computed now, each with whether it may be had in either type for free. */
export interface ConvertedInput {
  readonly original: Node;
  readonly dtype: ComputedFloat;
  readonly free: boolean;
}

/**
 * Computes each node of a graph in the floating-point type that `choose` gives it. Conversions are put between nodes of
 * different types, and constants are converted when they are read. The graph takes and gives what it did before.
 *
 * @param choose sees the inputs of float32 or float16 only; float64 stays as it is.
 */
export function convertFloats(
  graph: Graph,
  choose: (node: Node, inputs: readonly ConvertedInput[]) => ComputedFloat,
): Graph {
  const constants = new Map<NodeOf<'constant'>, ConstantData>(graph.constants);
  const converted = new Map<Node, Node>();
  const values = new Map<Node, Node>();

  const convert = (value: Node, dtype: DType): Node => {
    if (value.dtype === dtype) return value;
    if (isFill(value)) return fill(value.attributes.value, { shape: value.shape, dtype });
    const known = converted.get(value);
    if (known !== undefined) return known;
    const { shape } = value;
    let result: Node;
    if (value.operation === 'constant') {
      const attributes = { ...value.attributes, dtype };
      const constant: NodeOf<'constant'> = { operation: 'constant', attributes, inputs: [], shape, dtype };
      constants.set(constant, convertWhenRead(graph.constants.get(value)!, dtype));
      result = constant;
    } else {
      result = { operation: 'cast', attributes: { dtype }, inputs: [value], shape, dtype };
    }
    converted.set(value, result);
    return result;
  };

  const compute = (node: Node): Node => {
    if (node.operation === 'input' || node.operation === 'constant') return node;
    const inputs = node.inputs.map((input) => values.get(input)!);
    const isConversion = node.operation === 'cast' && isComputed(node) && isComputed(node.inputs[0]!);
    if (isConversion) return inputs[0]!;
    const given = node.inputs.flatMap((original, i) => {
      const value = inputs[i]!;
      return isComputed(value) ? [{ original, dtype: value.dtype, free: isFill(value) }] : [];
    });
    const chosen = choose(node, given);
    const dtype = isComputed(node) ? chosen : node.dtype;
    return {
      ...node,
      attributes: 'dtype' in node.attributes ? { ...node.attributes, dtype } : node.attributes,
      inputs: inputs.map((value) => (isComputed(value) ? convert(value, chosen) : value)),
      dtype,
    } as Node;
  };

  for (const node of graph.nodes) values.set(node, compute(node));
  const outputs = graph.outputs.map((node) => convert(values.get(node)!, node.dtype));
  return new Graph(graph.inputs, outputs, constants);
}

/** The types that this pass exchanges for each other. */
function isComputed<Typed extends { readonly dtype: DType }>(
  node: Typed,
): node is Typed & { readonly dtype: ComputedFloat } {
  return node.dtype === 'float32' || node.dtype === 'float16';
}

function convertWhenRead(data: ConstantData, dtype: DType): ConstantData {
  const storedAs = 'storedAs' in data ? data.storedAs : data.dtype;
  const read = async () => convertElements('read' in data ? await data.read() : data, dtype);
  // With the byte range, an engine can map the file and convert the elements itself.
  const range = 'range' in data && data.range !== undefined ? { range: data.range } : {};
  return { dtype, storedAs, shape: data.shape, ...range, read };
}
