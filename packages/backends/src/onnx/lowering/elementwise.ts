import { convert, direct, inType, type Lowering, widenBytes } from './context.js';

const arithmetic = (operator: string) => inType(widenBytes, direct(operator));

/** Comparisons give bool whatever type they compare. */
const comparison = (operator: string) => inType(widenBytes, direct(operator), () => 'bool');

const where: Lowering<'where'> = direct('Where');

export const elementwise = {
  neg: direct('Neg'),
  abs: direct('Abs'),
  sign: direct('Sign'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  rsqrt: ((builder, _, inputs) => builder.add('Reciprocal', [builder.add('Sqrt', inputs)])) satisfies Lowering<'rsqrt'>,
  sin: direct('Sin'),
  cos: direct('Cos'),
  tanh: direct('Tanh'),
  erf: direct('Erf'),
  sigmoid: direct('Sigmoid'),
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
  cast: ((builder, node, [x]) => convert(builder, x!, node.inputs[0]!.dtype, node.dtype)) satisfies Lowering<'cast'>,
  stopGradient: direct('Identity'),
  identity: direct('Identity'),
};
