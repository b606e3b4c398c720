import type { NodeOf } from '@softvq/core/graph';
import { microsoft, type OnnxBuilder, type ValueName } from '../builder.js';
import { direct, type Lowering } from './context.js';
import { products } from './products.js';

const softmax: Lowering<'softmax'> = (builder, { attributes: { axis } }, inputs) =>
  builder.add('Softmax', inputs, { axis });

const logSoftmax: Lowering<'logSoftmax'> = (builder, { attributes: { axis } }, inputs) =>
  builder.add('LogSoftmax', inputs, { axis });

const layerNorm: Lowering<'layerNorm'> = (builder, node, inputs) => normalized(builder, node, inputs, 1)[0]!;

/**
 * The normalized values, and with three outputs the means and the inverse deviations, which keep the last axis with
 * size 1.
 */
export function normalized(
  builder: OnnxBuilder,
  { inputs, attributes: { epsilon } }: NodeOf<'layerNorm'>,
  [x, weight, bias]: readonly ValueName[],
  outputs: 1 | 3,
): ValueName[] {
  const { shape, dtype } = inputs[0]!;
  const scale = weight ?? builder.add('Expand', [builder.scalar(1, dtype), builder.sizes(shape.slice(-1))]);
  const operands = bias === undefined ? [x!, scale] : [x!, scale, bias];
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  return builder.addSeveral(outputs, 'LayerNormalization', operands, attributes);
}

const gelu: Lowering<'gelu'> = (builder, { attributes: { approximate } }, inputs) =>
  builder.add('Gelu', inputs, { approximate });

/** x · sigmoid(x) in one pass where ONNX Runtime's own operator exists. */
const silu: Lowering<'silu'> = (builder, _, [x]) =>
  builder.dialect.microsoftOperators
    ? builder.add('QuickGelu', [x!], { alpha: { float: 1 } }, microsoft)
    : builder.add('Mul', [x!, builder.add('Sigmoid', [x!])]);

const leakyRelu: Lowering<'leakyRelu'> = (builder, { attributes: { slope } }, inputs) =>
  builder.add('LeakyRelu', inputs, { alpha: { float: slope } });

/** Composites for which ONNX Runtime has kernels, for float32. */
export const composites = {
  softmax,
  logSoftmax,
  layerNorm,
  gelu,
  silu,
  relu: direct('Relu'),
  leakyRelu,
  linear: products.linear,
};
