import type { PrimitiveName, scalarFunctions } from '@softvq/core/graph';
import type { Engine, Tensor, Tf } from '../engine.js';
import type { TfjsType } from '../host-elements.js';
import { broadcastTo } from './broadcast.js';
import { type Kernel, type Kernels, wellSupportedRank } from './kernel.js';
import { cos, sin } from './trigonometry.js';

/** Operands of many axes as one axis, for functions that look at one element at a time. */
function flatten(engine: Engine, inputs: readonly Tensor[], shape: readonly number[]): readonly Tensor[] {
  if (shape.length <= wellSupportedRank) return inputs;
  return inputs.map((input) =>
    input.size === 1 ? input.reshape([]) : broadcastTo(engine, input, shape).reshape([-1]),
  );
}

/** A function of single elements; operands broadcast. */
function elementwiseKernel<Name extends PrimitiveName>(
  compute: (engine: Engine, operands: readonly Tensor[], dtype: TfjsType) => Tensor,
): Kernel<Name> {
  return (engine, inputs, { shape, dtype }) => {
    const result = compute(engine, flatten(engine, inputs, shape), dtype);
    return shape.length <= wellSupportedRank ? result : result.reshape([...shape]);
  };
}

const unary = <Name extends PrimitiveName>(compute: (tf: Tf, x: Tensor) => Tensor) =>
  elementwiseKernel<Name>(({ tf }, [x]) => compute(tf, x!));

const binary = <Name extends PrimitiveName>(compute: (tf: Tf, a: Tensor, b: Tensor) => Tensor) =>
  elementwiseKernel<Name>(({ tf }, [a, b]) => compute(tf, a!, b!));

export const elementwise: Kernels<keyof typeof scalarFunctions | 'cast' | 'stopGradient' | 'identity'> = {
  neg: unary((tf, x) => tf.neg(x)),
  abs: unary((tf, x) => tf.abs(x)),
  sign: unary((tf, x) => tf.sign(x)),
  exp: unary((tf, x) => tf.exp(x)),
  log: unary((tf, x) => tf.log(x)),
  sqrt: unary((tf, x) => tf.sqrt(x)),
  rsqrt: unary((tf, x) => tf.rsqrt(x)),
  sin: elementwiseKernel((engine, [x]) => sin(engine, x!)),
  cos: elementwiseKernel((engine, [x]) => cos(engine, x!)),
  tanh: unary((tf, x) => tf.tanh(x)),
  erf: unary((tf, x) => tf.erf(x)),
  sigmoid: unary((tf, x) => tf.sigmoid(x)),
  floor: unary((tf, x) => tf.floor(x)),
  ceil: unary((tf, x) => tf.ceil(x)),
  round: unary((tf, x) => tf.round(x)),
  logicalNot: unary((tf, x) => tf.logicalNot(x)),

  add: binary((tf, a, b) => tf.add(a, b)),
  sub: binary((tf, a, b) => tf.sub(a, b)),
  mul: binary((tf, a, b) => tf.mul(a, b)),
  div: binary((tf, a, b) => tf.div(a, b)),
  pow: binary((tf, a, b) => tf.pow(a, b)),
  maximum: binary((tf, a, b) => tf.maximum(a, b)),
  minimum: binary((tf, a, b) => tf.minimum(a, b)),
  equal: binary((tf, a, b) => tf.equal(a, b)),
  notEqual: binary((tf, a, b) => tf.notEqual(a, b)),
  less: binary((tf, a, b) => tf.less(a, b)),
  lessEqual: binary((tf, a, b) => tf.lessEqual(a, b)),
  greater: binary((tf, a, b) => tf.greater(a, b)),
  greaterEqual: binary((tf, a, b) => tf.greaterEqual(a, b)),
  logicalAnd: binary((tf, a, b) => tf.logicalAnd(a, b)),
  logicalOr: binary((tf, a, b) => tf.logicalOr(a, b)),
  logicalXor: binary((tf, a, b) => tf.logicalXor(a, b)),

  // The wasm device takes every element for four bytes, and bool has one (`SelectV2` is not told the type).
  where: elementwiseKernel(({ tf }, [condition, a, b], dtype) => {
    if (dtype !== 'bool') return tf.where(condition!, a!, b!);
    const otherwise = tf.logicalAnd(tf.logicalNot(condition!), b!);
    return tf.logicalOr(tf.logicalAnd(condition!, a!), otherwise);
  }),
  // Some devices make bytes of the numbers when asked for bool.
  cast: elementwiseKernel(({ tf }, [x], dtype) =>
    dtype === 'bool' && x!.dtype !== 'bool' ? tf.notEqual(x!, tf.scalar(0, x!.dtype)) : tf.cast(x!, dtype),
  ),
  stopGradient: (_, [x]) => x!,
  identity: (_, [x]) => x!,
};
