import { DTypeError } from '../../errors.js';
import { broadcastShapes } from '../../tensor/dimension.js';
import type { DType } from '../../tensor/dtype.js';
import {
  boolean,
  floating,
  formatSpec,
  numeric,
  operation,
  sameDType,
  type TensorSpec,
} from './operation.js';

type DTypeRule = (name: string, input: TensorSpec) => DType;

/** One input, a result of the same shape and element type. */
function unary(accepts: DTypeRule) {
  return operation({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], _, name) => ({ shape: input!.shape, dtype: accepts(name, input!) }),
  });
}

/** Two inputs that broadcast, of one element type. */
function binary(accepts: DTypeRule, result?: DType) {
  return operation({
    kind: 'primitive',
    inputs: 2,
    infer: (inputs, _, name) => {
      const dtype = sameDType(name, inputs);
      accepts(name, inputs[0]!);
      return { shape: broadcastShapes(name, inputs[0]!.shape, inputs[1]!.shape), dtype: result ?? dtype };
    },
  });
}

const anything: DTypeRule = (_, input) => input.dtype;

const signed: DTypeRule = (name, input) => {
  if (input.dtype === 'uint8') throw new DTypeError(`${name} takes signed numbers, not ${formatSpec(input)}`);
  return numeric(name, input);
};

export const elementwise = {
  neg: unary(signed),
  abs: unary(signed),
  sign: unary(signed),
  exp: unary(floating),
  log: unary(floating),
  sqrt: unary(floating),
  rsqrt: unary(floating),
  sin: unary(floating),
  cos: unary(floating),
  tanh: unary(floating),
  erf: unary(floating),
  sigmoid: unary(floating),
  floor: unary(floating),
  ceil: unary(floating),
  round: unary(floating),
  logicalNot: unary(boolean),

  add: binary(numeric),
  sub: binary(numeric),
  mul: binary(numeric),
  div: binary(floating),
  pow: binary(floating),
  maximum: binary(numeric),
  minimum: binary(numeric),
  equal: binary(anything, 'bool'),
  notEqual: binary(anything, 'bool'),
  less: binary(numeric, 'bool'),
  lessEqual: binary(numeric, 'bool'),
  greater: binary(numeric, 'bool'),
  greaterEqual: binary(numeric, 'bool'),
  logicalAnd: binary(boolean),
  logicalOr: binary(boolean),
  logicalXor: binary(boolean),

  /** condition ? a : b, all three broadcast together. */
  where: operation({
    kind: 'primitive',
    inputs: 3,
    infer: ([condition, a, b], _, name) => {
      boolean(name, condition!);
      const dtype = sameDType(name, [a!, b!]);
      return {
        shape: broadcastShapes(name, condition!.shape, broadcastShapes(name, a!.shape, b!.shape)),
        dtype,
      };
    },
  }),

  /** Rounds towards zero from floating to whole numbers; nonzero becomes true. */
  cast: operation<{ readonly dtype: DType }>({
    kind: 'primitive',
    inputs: 1,
    infer: ([input], { dtype }) => ({ shape: input!.shape, dtype }),
    flops: () => 0,
  }),

  /** The value itself, and a zero gradient. */
  stopGradient: operation({ kind: 'primitive', inputs: 1, infer: ([input]) => input!, flops: () => 0 }),

  /** The value itself: marks where a derivative is taken. */
  identity: operation({ kind: 'primitive', inputs: 1, infer: ([input]) => input!, flops: () => 0 }),
};
