import type { Shape } from '@softvq/core';
import { sizeOf } from '@softvq/core';
import type { Node } from '@softvq/core/graph';
import { type Int8Weight, microsoft, type OnnxBuilder, type ValueName } from '../builder.js';
import type { Lowering } from './context.js';
import { reshapeTo } from './movement.js';

/** All axes but the last as rows. */
function flattenRows(builder: OnnxBuilder, x: ValueName, shape: Shape): ValueName {
  return shape.length === 2 ? x : reshapeTo(builder, x, shape, [sizeOf(shape.slice(0, -1)), shape.at(-1)!]);
}

function transposeLast(builder: OnnxBuilder, x: ValueName, rank: number): ValueName {
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return builder.add('Transpose', [x], { perm: [...order.slice(0, -2), rank - 1, rank - 2] });
}

/** Matrices go to Gemm, which takes either operand transposed; stacks of matrices to MatMul. */
const matmul: Lowering<'matmul'> = (builder, node, [a, b]) => {
  const { transposeA, transposeB } = node.attributes;
  const [left, right] = node.inputs.map((input) => input.shape) as [Shape, Shape];
  if (right.length === 2 && (left.length === 2 || !transposeA)) {
    const rows = flattenRows(builder, a!, left);
    const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
    const product = builder.add('Gemm', [rows, b!], flags);
    return left.length === 2
      ? product
      : reshapeTo(builder, product, [sizeOf(left.slice(0, -1)), node.shape.at(-1)!], node.shape);
  }
  return batchedMatmul(builder, node, {
    a: { node: node.inputs[0]!, transposed: transposeA },
    b: { node: node.inputs[1]!, transposed: transposeB },
  });
};

interface Operand {
  readonly node: Node;
  readonly transposed: boolean;
}

/**
 * Stacks of matrices. ONNX Runtime's own operator transposes operands, and scales the product where one of them is
 * scaled by a number, as in attention, at no cost. For WebGPU it does not exist: the product would run on the CPU, and
 * its operands come down for it.
 */
function batchedMatmul(
  builder: OnnxBuilder,
  { dtype }: Pick<Node, 'dtype'>,
  { a, b }: Readonly<Record<'a' | 'b', Operand>>,
): ValueName {
  const { microsoftOperators, kernels } = builder.dialect;
  const isFusible = dtype === 'float32' || dtype === 'float16';
  if (isFusible && microsoftOperators && kernels !== 'webgpu') {
    const [left, right] = [withoutScale(a.node), withoutScale(b.node)];
    const alpha = left.scale * right.scale;
    if (a.transposed || b.transposed || alpha !== 1) {
      const flags = { transA: a.transposed ? 1 : 0, transB: b.transposed ? 1 : 0, alpha: { float: alpha } };
      const operands = [builder.valueOf(left.node), builder.valueOf(right.node)];
      return builder.add('FusedMatMul', operands, flags, microsoft);
    }
  }
  const plain = ({ node, transposed }: Operand) => {
    const value = builder.valueOf(node);
    return transposed ? transposeLast(builder, value, node.shape.length) : value;
  };
  return builder.add('MatMul', [plain(a), plain(b)]);
}

/** What a node multiplies by one finite number, and that number. */
function withoutScale(node: Node): { readonly node: Node; readonly scale: number } {
  if (node.operation === 'mul') {
    const [scaled, factor] = node.inputs as readonly [Node, Node];
    if (
      factor.operation === 'fill' &&
      factor.shape.length === 0 &&
      Number.isFinite(factor.attributes.value)
    ) {
      return { node: scaled, scale: factor.attributes.value };
    }
  }
  return { node, scale: 1 };
}

/**
 * A native composite. The bias is added afterwards: inside Gemm it costs ONNX Runtime's CPU kernels a pass more
 * over the result (measured at 3,072 × 256 → 1,024: 303 GFLOP/s against 350).
 */
const linear: Lowering<'linear'> = (builder, node, [x, weight, bias]) => {
  const quantized = builder.int8WeightOf(node.inputs[1]!);
  if (quantized !== undefined) return quantizedLinear(builder, node, x!, quantized, bias);
  const product = linearProduct(builder, node, x!, weight!);
  return bias === undefined ? product : builder.add('Add', [product, bias]);
};

/** Quantizes x as it comes, one scale for all of it, and adds the products up in int32. */
function quantizedLinear(
  builder: OnnxBuilder,
  { inputs: [input], shape }: Pick<Node, 'inputs' | 'shape'>,
  x: ValueName,
  { elements, scales }: Int8Weight,
  bias: ValueName | undefined,
): ValueName {
  const from = input!.shape;
  const rows = from.length === 1 ? reshapeTo(builder, x, from, [1, from[0]!]) : x;
  // No zero points: the weights lie on both sides of 0 alike.
  const operands = [rows, elements, scales, ...(bias === undefined ? [] : ['', bias])];
  const product = builder.add('DynamicQuantizeMatMul', operands, {}, microsoft);
  return from.length === 1 ? reshapeTo(builder, product, [1, shape[0]!], shape) : product;
}

/** x · weightᵀ, shaped as the node says. */
export function linearProduct(
  builder: OnnxBuilder,
  { inputs: [input], shape }: Pick<Node, 'inputs' | 'shape'>,
  x: ValueName,
  weight: ValueName,
): ValueName {
  const from = input!.shape;
  const rows = from.length === 1 ? reshapeTo(builder, x, from, [1, from[0]!]) : flattenRows(builder, x, from);
  const product = builder.add('Gemm', [rows, weight], { transB: 1 });
  return from.length === 2
    ? product
    : reshapeTo(builder, product, [sizeOf(from.slice(0, -1)), shape.at(-1)!], shape);
}

export const products = { matmul, linear };
