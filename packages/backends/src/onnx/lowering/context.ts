import type { DType } from '@softvq/core';
import type { Node, NodeOf, OperationName } from '@softvq/core/graph';
import type { OnnxBuilder, ValueName } from '../builder.js';
import { elementType, type OnnxAttributes } from '../protobuf.js';

/** Makes ONNX operators for one node and returns the name of the result. */
export type Lowering<Name extends OperationName> = (
  builder: OnnxBuilder,
  node: NodeOf<Name>,
  inputs: readonly ValueName[],
) => ValueName;

/** One operator with the node's inputs and no attributes. */
export function direct(operator: string, attributes: OnnxAttributes = {}) {
  return (builder: OnnxBuilder, _: unknown, inputs: readonly ValueName[]): ValueName =>
    builder.add(operator, inputs, attributes);
}

/** What every node has, whatever its operation. */
type AnyNode = Pick<Node, 'shape' | 'dtype' | 'inputs'>;

/**
 * Computes in another element type where ONNX Runtime has no kernel for the node's own: `choose` maps the inputs'
 * types to those to compute in. The result, of type `result`, is converted to the node's.
 */
export function inType<Given extends AnyNode>(
  choose: (dtype: DType) => DType,
  lowering: (builder: OnnxBuilder, node: Given, inputs: readonly ValueName[]) => ValueName,
  result: (computed: DType) => DType = (computed) => computed,
) {
  return (builder: OnnxBuilder, node: Given, inputs: readonly ValueName[]): ValueName => {
    const types = node.inputs.map((input) => input.dtype);
    const converted = inputs.map((input, i) => convert(builder, input, types[i]!, choose(types[i]!)));
    const output = lowering(builder, node, converted);
    return convert(builder, output, result(choose(types[0]!)), node.dtype);
  };
}

export function convert(builder: OnnxBuilder, value: ValueName, from: DType, to: DType): ValueName {
  return builder.cast(value, from, to, elementType(to));
}

/** ONNX Runtime computes with int32 where it has no kernels for bytes. */
export const widenBytes = (dtype: DType): DType => (dtype === 'uint8' ? 'int32' : dtype);

/** float16 has few kernels on CPUs, and none of more precision than float32. */
export const widenHalf = (dtype: DType): DType => (dtype === 'float16' ? 'float32' : dtype);
