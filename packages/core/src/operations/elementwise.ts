import { ArgumentError, DTypeError } from '../errors.js';
import type { OperationName } from '../graph/table/index.js';
import { applyOperation } from '../tensor/apply.js';
import { full } from '../tensor/creation.js';
import type { DType } from '../tensor/dtype.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';

type UnaryName =
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'rsqrt'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'erf'
  | 'sigmoid'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'logicalNot'
  | 'stopGradient'
  | 'identity';

type BinaryName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'logicalAnd'
  | 'logicalOr'
  | 'logicalXor';

function unary<Name extends UnaryName & OperationName>(name: Name): (x: Tensor) => Tensor {
  return (x) => applyOperation(name, [x], {} as never);
}

function binary<Name extends BinaryName & OperationName>(
  name: Name,
): (a: TensorLike, b: TensorLike) => Tensor {
  return (a, b) => applyOperation(name, asTensors(name, a, b), {} as never);
}

/** Numbers take the element type of the tensor beside them. */
function asTensors(name: string, a: TensorLike, b: TensorLike): [Tensor, Tensor] {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : undefined;
  if (dtype === undefined) throw new ArgumentError(`${name} of two numbers: one operand must be a tensor`);
  return [asTensor(name, a, dtype), asTensor(name, b, dtype)];
}

function asTensor(name: string, value: TensorLike, dtype: DType): Tensor {
  if (value instanceof Tensor) return value;
  if (typeof value !== 'number')
    throw new ArgumentError(`${name} takes tensors and numbers, not ${String(value)}`);
  if (dtype === 'bool')
    throw new DTypeError(`${name}: the number ${value} beside a bool tensor; cast() one of them`);
  return full([], value, dtype);
}

export const neg = unary('neg');
export const abs = unary('abs');
/** -1, 0 or 1. */
export const sign = unary('sign');
export const exp = unary('exp');
/** Natural logarithm. */
export const log = unary('log');
export const sqrt = unary('sqrt');
/** 1 / √x. */
export const rsqrt = unary('rsqrt');
export const sin = unary('sin');
export const cos = unary('cos');
export const tanh = unary('tanh');
/** The error function. */
export const erf = unary('erf');
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = unary('sigmoid');
export const floor = unary('floor');
export const ceil = unary('ceil');
/** To the nearest whole number, halves to the even one. */
export const round = unary('round');
export const logicalNot = unary('logicalNot');
/** The same value, treated as a constant by derivatives. */
export const stopGradient = unary('stopGradient');
/** The same value as a tensor of its own: derivatives can be taken with respect to it alone. */
export const identity = unary('identity');

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
/** Floating-point only. */
export const div = binary('div');
/** aᵇ; a negative base gives NaN unless the exponent is whole. */
export const pow = binary('pow');
export const maximum = binary('maximum');
export const minimum = binary('minimum');
export const equal = binary('equal');
export const notEqual = binary('notEqual');
export const less = binary('less');
export const lessEqual = binary('lessEqual');
export const greater = binary('greater');
export const greaterEqual = binary('greaterEqual');
export const logicalAnd = binary('logicalAnd');
export const logicalOr = binary('logicalOr');
export const logicalXor = binary('logicalXor');

/** `a` where the condition (bool) holds and `b` elsewhere; all three broadcast together. */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  return applyOperation('where', [condition, ...asTensors('where', a, b)], {});
}

/** Elements converted to another type: towards zero to whole numbers, nonzero to true. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : applyOperation('cast', [x], { dtype });
}

/** Limits every element to low … high. */
export function clamp(x: Tensor, low: TensorLike, high: TensorLike): Tensor {
  return minimum(maximum(x, low), high);
}
