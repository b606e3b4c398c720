import type { StoredTensor } from '../io/stored-tensor.js';
import { type Bindings, type Dimension, evaluateDimension, sizeOf, symbolsOf } from '../tensor/dimension.js';
import { bytesPerElement, type HostTensor } from '../tensor/dtype.js';
import { type Node, type NodeOf, topologicalOrder } from './node.js';
import { printGraph } from './print.js';
import { formatSpec, operationOf } from './table/index.js';

/** The elements of a constant: in memory, or described by the file that holds them. */
export type ConstantData = HostTensor | StoredTensor;

/**
 * A computation without a value: what a function does to its inputs, as nodes that any backend can
 * compile. Immutable; passes make new graphs.
 */
export class Graph {
  readonly inputs: readonly NodeOf<'input'>[];
  readonly constants: ReadonlyMap<NodeOf<'constant'>, ConstantData>;
  /** May name an input, a constant, or one node twice. */
  readonly outputs: readonly Node[];
  /** Every node after its inputs. */
  readonly nodes: readonly Node[];

  constructor(
    inputs: readonly NodeOf<'input'>[],
    outputs: readonly Node[],
    constants: ReadonlyMap<NodeOf<'constant'>, ConstantData> = new Map(),
  ) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.nodes = topologicalOrder(outputs, inputs);
    const used = new Set(this.nodes);
    this.constants = new Map([...constants].filter(([node]) => used.has(node)));
  }

  /** Names of the dimensions that are known only at run time. */
  get symbols(): string[] {
    return [...new Set(this.inputs.flatMap((input) => symbolsOf(input.shape)))];
  }

  /** How many numbers the constants hold: the parameters of a compiled network. */
  get parameterCount(): number {
    let count = 0;
    for (const { shape } of this.constants.values()) count += sizeOf(shape);
    return count;
  }

  /** Bytes of the constants. */
  get parameterBytes(): number {
    let bytes = 0;
    for (const { shape, dtype } of this.constants.values()) bytes += sizeOf(shape) * bytesPerElement(dtype);
    return bytes;
  }

  /** Floating-point operations of one run, a multiply-add counted as two. `sizes` gives the symbols' values. */
  flops(sizes: Readonly<Record<string, number>> = {}): number {
    const bindings: Bindings = new Map(Object.entries(sizes));
    const perNode = this.nodes.map((node) => evaluateDimension(flopsOf(node), bindings));
    return perNode.reduce((sum, count) => sum + count, 0);
  }

  /** One line a node, in order, with shapes and attributes. */
  toString(): string {
    return printGraph(this);
  }

  /** What the graph takes and gives, in one line. */
  get signature(): string {
    return `(${this.inputs.map(formatSpec).join(', ')}) -> (${this.outputs.map(formatSpec).join(', ')})`;
  }
}

function flopsOf(node: Node): Dimension {
  const { flops } = operationOf(node.operation);
  return flops === undefined ? sizeOf(node.shape) : flops(node.inputs, node.attributes, node);
}
