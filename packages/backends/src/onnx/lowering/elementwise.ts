import type { ValueName } from '../builder.js';
import { convert, direct, inType, type Lowering, widenBytes } from './context.js';

const arithmetic = (operator: string) => inType(widenBytes, direct(operator));

/** Comparisons give bool whatever type they compare. */
const comparison = (operator: string) => inType(widenBytes, direct(operator), () => 'bool');

/** ONNX Runtime chooses between numbers only. */
const where: Lowering<'where'> = (builder, node, inputs) => {
  if (node.dtype !== 'bool') return builder.add('Where', inputs);
  const [condition, a, b] = inputs as [ValueName, ValueName, ValueName];
  const otherwise = builder.add('And', [builder.add('Not', [condition]), b]);
  return builder.add('Or', [builder.add('And', [condition, a]), otherwise]);
};

/**
 * ONNX Runtime fuses x · Sigmoid(x) into an operator that it has for float32 only, so float64 is spelled out.
 */
const sigmoid: Lowering<'sigmoid'> = (builder, { dtype }, inputs) => {
  if (dtype !== 'float64') return builder.add('Sigmoid', inputs);
  const exponential = builder.add('Exp', [builder.add('Neg', inputs)]);
  return builder.add('Reciprocal', [builder.add('Add', [exponential, builder.scalar(1, dtype)])]);
};

export const elementwise = {
  neg: direct('Neg'),
  abs: direct('Abs'),
  sign: direct('Sign'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  rsqrt: ((builder, _, inputs) =>
    builder.add('Reciprocal', [builder.add('Sqrt', inputs)])) satisfies Lowering<'rsqrt'>,
  tanh: direct('Tanh'),
  erf: direct('Erf'),
  sigmoid,
  floor: direct('Floor'),
  ceil: direct('Ceil'),
  round: direct('Round'),
  logicalNot: direct('Not'),
  add: arithmetic('Add'),
  sub: arithmetic('Sub'),
  mul: arithmetic('Mul'),
  div: direct('Div'),
  pow: direct('Pow'),
  maximum: arithmetic('Max'),
  minimum: arithmetic('Min'),
  equal: comparison('Equal'),
  notEqual: ((builder, node, inputs) =>
    builder.add('Not', [comparison('Equal')(builder, node, inputs)])) satisfies Lowering<'notEqual'>,
  less: comparison('Less'),
  lessEqual: comparison('LessOrEqual'),
  greater: comparison('Greater'),
  greaterEqual: comparison('GreaterOrEqual'),
  logicalAnd: direct('And'),
  logicalOr: direct('Or'),
  logicalXor: direct('Xor'),
  where,
  cast: ((builder, node, [x]) =>
    convert(builder, x!, node.inputs[0]!.dtype, node.dtype)) satisfies Lowering<'cast'>,
  stopGradient: direct('Identity'),
  identity: direct('Identity'),
};
