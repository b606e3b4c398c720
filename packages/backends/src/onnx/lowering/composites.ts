import { microsoft } from '../builder.js';
import { direct, type Lowering } from './context.js';
import { batchedMatmul, products } from './products.js';

const softmax: Lowering<'softmax'> = (builder, { attributes: { axis } }, inputs) =>
  builder.add('Softmax', inputs, { axis });

const logSoftmax: Lowering<'logSoftmax'> = (builder, { attributes: { axis } }, inputs) =>
  builder.add('LogSoftmax', inputs, { axis });

const layerNorm: Lowering<'layerNorm'> = (
  builder,
  { inputs, attributes: { epsilon } },
  [x, weight, bias],
) => {
  const { shape, dtype } = inputs[0]!;
  const scale = weight ?? builder.add('Expand', [builder.scalar(1, dtype), builder.sizes(shape.slice(-1))]);
  const operands = bias === undefined ? [x!, scale] : [x!, scale, bias];
  return builder.add('LayerNormalization', operands, { axis: -1, epsilon: { float: epsilon } });
};

const gelu: Lowering<'gelu'> = (builder, { attributes: { approximate } }, inputs) =>
  builder.add('Gelu', inputs, { approximate });

/** x · sigmoid(x) in one pass where ONNX Runtime's own operator exists. */
const silu: Lowering<'silu'> = (builder, _, [x]) =>
  builder.dialect.microsoftOperators
    ? builder.add('QuickGelu', [x!], { alpha: { float: 1 } }, microsoft)
    : builder.add('Mul', [x!, builder.add('Sigmoid', [x!])]);

const leakyRelu: Lowering<'leakyRelu'> = (builder, { attributes: { slope } }, inputs) =>
  builder.add('LeakyRelu', inputs, { alpha: { float: slope } });

const scaledDotProductAttention: Lowering<'scaledDotProductAttention'> = (
  builder,
  node,
  [query, key, value, mask],
) => {
  const ranks = node.inputs.map((input) => input.shape.length);
  const { scale } = node.attributes;
  const logits = batchedMatmul(
    builder,
    { value: query!, rank: ranks[0]!, transposed: false },
    { value: key!, rank: ranks[1]!, transposed: true },
    true,
    scale,
  );
  const masked = mask === undefined ? logits : builder.add('Add', [logits, mask]);
  return builder.add('MatMul', [builder.add('Softmax', [masked], { axis: -1 }), value!]);
};

/** Composites for which ONNX Runtime has kernels, for float32. */
export const composites = {
  softmax,
  logSoftmax,
  layerNorm,
  gelu,
  silu,
  relu: direct('Relu'),
  leakyRelu,
  scaledDotProductAttention,
  linear: products.linear,
};
