import type { DType } from '@softvq/core';
import { type PrimitiveName, scalarFunctions } from '@softvq/core/graph';
import { multiplierOf, wrapperOf } from '../elements.js';
import { broadcastStrides, forEachRow } from '../strides.js';
import type { Value } from '../value.js';
import { elementCount, type Kernel, type Kernels, type Step } from './kernel.js';

type Result = number | boolean;

/** One function applied everywhere. */
function unary<Name extends PrimitiveName>(compute: (x: number) => Result): Kernel<Name> {
  return ([x], { dtype }) => {
    const wrap = wrapperOf(dtype);
    return x!.data.map((element) => wrap(Number(compute(element))));
  };
}

/** One function of two operands that broadcast. */
function binary<Name extends PrimitiveName>(
  choose: (dtype: DType) => (a: number, b: number) => Result,
): Kernel<Name> {
  return ([a, b], { shape }) => broadcastBinary(a!, b!, shape, choose(a!.dtype));
}

function broadcastBinary(
  a: Value,
  b: Value,
  shape: readonly number[],
  compute: (a: number, b: number) => Result,
): Float64Array {
  const result = new Float64Array(elementCount(shape));
  const strides = [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)];
  const [stepA = 0, stepB = 0] = strides.map((each) => each.at(-1) ?? 0);
  const length = shape.at(-1) ?? 1;
  forEachRow(shape, strides, (first, [startA, startB]) => {
    for (let i = 0; i < length; i++) {
      result[first + i] = Number(compute(a.data[startA! + i * stepA]!, b.data[startB! + i * stepB]!));
    }
  });
  return result;
}

function select([condition, a, b]: readonly Value[], { shape }: Step<'where'>): Float64Array {
  const result = new Float64Array(elementCount(shape));
  const strides = [condition!, a!, b!].map((input) => broadcastStrides(input.shape, shape));
  const [stepCondition = 0, stepA = 0, stepB = 0] = strides.map((each) => each.at(-1) ?? 0);
  const length = shape.at(-1) ?? 1;
  forEachRow(shape, strides, (first, [startCondition, startA, startB]) => {
    for (let i = 0; i < length; i++) {
      result[first + i] = scalarFunctions.where(
        condition!.data[startCondition! + i * stepCondition]!,
        a!.data[startA! + i * stepA]!,
        b!.data[startB! + i * stepB]!,
      );
    }
  });
  return result;
}

/** The same function whatever the element type. */
const exact = (compute: (a: number, b: number) => Result) => () => compute;

/** A function whose result may leave the range of an integer type. */
const wrapped = (compute: (a: number, b: number) => number) => (dtype: DType) => {
  const wrap = wrapperOf(dtype);
  return (a: number, b: number) => wrap(compute(a, b));
};

function converterTo(dtype: DType): (value: number) => number {
  switch (dtype) {
    case 'bool':
      return (value) => (value === 0 ? 0 : 1);
    case 'int32':
    case 'int64':
    case 'uint8': {
      const wrap = wrapperOf(dtype);
      return (value) => (Number.isNaN(value) ? 0 : wrap(Math.trunc(value)));
    }
    default:
      return (value) => value;
  }
}

const f = scalarFunctions;

export const elementwise: Kernels<keyof typeof scalarFunctions | 'cast' | 'stopGradient' | 'identity'> = {
  neg: unary(f.neg),
  abs: unary(f.abs),
  sign: unary(f.sign),
  exp: unary(f.exp),
  log: unary(f.log),
  sqrt: unary(f.sqrt),
  rsqrt: unary(f.rsqrt),
  sin: unary(f.sin),
  cos: unary(f.cos),
  tanh: unary(f.tanh),
  erf: unary(f.erf),
  sigmoid: unary(f.sigmoid),
  floor: unary(f.floor),
  ceil: unary(f.ceil),
  round: unary(f.round),
  logicalNot: unary(f.logicalNot),

  add: binary(wrapped(f.add)),
  sub: binary(wrapped(f.sub)),
  mul: binary(multiplierOf),
  div: binary(exact(f.div)),
  pow: binary(exact(f.pow)),
  maximum: binary(exact(f.maximum)),
  minimum: binary(exact(f.minimum)),
  equal: binary(exact(f.equal)),
  notEqual: binary(exact(f.notEqual)),
  less: binary(exact(f.less)),
  lessEqual: binary(exact(f.lessEqual)),
  greater: binary(exact(f.greater)),
  greaterEqual: binary(exact(f.greaterEqual)),
  logicalAnd: binary(exact(f.logicalAnd)),
  logicalOr: binary(exact(f.logicalOr)),
  logicalXor: binary(exact(f.logicalXor)),

  where: select,
  cast: ([x], { dtype }) => (x!.dtype === dtype ? x!.data : x!.data.map(converterTo(dtype))),
  stopGradient: ([x]) => x!.data,
  identity: ([x]) => x!.data,
};
