import type { AttributesOf, OperationName } from '../graph/table/index.js';
import { softmax } from '../operations/activations.js';
import {
  cast,
  cos,
  div,
  equal,
  exp,
  greater,
  log,
  pow,
  sigmoid,
  sign,
  sin,
  sub,
  where,
} from '../operations/elementwise.js';
import { geluGate, tanhGelu } from '../operations/gelu-gate.js';
import { gather, scatterAdd, take, takeAdd } from '../operations/indexing.js';
import { narrow, transpose } from '../operations/movement.js';
import { matmul } from '../operations/products.js';
import { cumsum, mean, prod, sum } from '../operations/reductions.js';
import { dimensionValue, full, zeros } from '../tensor/creation.js';
import { addDimensions, type Dimension, sizeOf } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import { padAdjoint, reducedTo, sliceAdjoint, spread, spreadToExtremes } from './adjoints.js';
import { convGradients, convTransposeGradients } from './convolution-rules.js';
import { avgPoolGradient, maxPoolGradient } from './pooling-rules.js';

/** What a rule is told about one use of an operation. */
export interface Application<Name extends OperationName> {
  readonly inputs: readonly Tensor[];
  readonly attributes: AttributesOf<Name>;
  readonly output: Tensor;
  /** For each input, whether anybody needs its gradient. */
  readonly needed: readonly boolean[];
}

/** From the gradient of the output to the gradients of the inputs; undefined where there is none. */
export type GradientRule<Name extends OperationName> = (
  gradient: Tensor,
  application: Application<Name>,
) => readonly (Tensor | undefined)[];

/** A rule of one input from its derivative. */
const unary =
  <Name extends OperationName>(
    derivative: (x: Tensor, y: Tensor, attributes: AttributesOf<Name>) => Tensor,
  ): GradientRule<Name> =>
  (g, { inputs: [x], output, attributes }) => [g.mul(derivative(x!, output, attributes))];

const flat = () => [undefined, undefined, undefined];
const keepDims = { keepDims: true };
const gaussian = 2 / Math.sqrt(Math.PI);

/** Where the first operand wins; ties are shared equally. */
const share = (wins: Tensor, ties: Tensor, g: Tensor): Tensor => where(wins, g, where(ties, g.mul(0.5), 0));

/** Gradients as formulas. Operations without a derivative anywhere (comparisons, rounding, indices) are flat. */
export const gradientRules: { readonly [Name in OperationName]?: GradientRule<Name> } = {
  neg: (g) => [g.neg()],
  abs: unary((x) => sign(x)),
  sign: flat,
  exp: unary((_, y) => y),
  log: (g, { inputs: [x] }) => [g.div(x!)],
  sqrt: (g, { output }) => [g.mul(0.5).div(output)],
  rsqrt: unary((x, y) => y.div(x).mul(-0.5)),
  sin: unary((x) => cos(x)),
  cos: unary((x) => sin(x).neg()),
  tanh: unary((_, y) => sub(1, y.square())),
  erf: unary((x) => exp(x.square().neg()).mul(gaussian)),
  sigmoid: unary((_, y) => y.mul(sub(1, y))),
  floor: flat,
  ceil: flat,
  round: flat,
  stopGradient: flat,
  identity: (g) => [g],
  cast: (g, { inputs: [x] }) => [cast(g, x!.dtype)],

  add: (g, { inputs: [a, b] }) => [reducedTo(g, a!), reducedTo(g, b!)],
  sub: (g, { inputs: [a, b], needed }) => [reducedTo(g, a!), needed[1] ? reducedTo(g, b!).neg() : undefined],
  mul: (g, { inputs: [a, b], needed }) => [
    needed[0] ? reducedTo(g.mul(b!), a!) : undefined,
    needed[1] ? reducedTo(g.mul(a!), b!) : undefined,
  ],
  div: (g, { inputs: [a, b], output, needed }) => [
    needed[0] ? reducedTo(g.div(b!), a!) : undefined,
    needed[1] ? reducedTo(g.mul(output).div(b!).neg(), b!) : undefined,
  ],
  pow: (g, { inputs: [a, b], output, needed }) => [
    // x⁰ is flat even at 0, where x⁻¹ is infinite; and so is 0ᵇ in b, where log 0 is.
    needed[0] ? reducedTo(g.mul(where(equal(b!, 0), 0, b!.mul(pow(a!, b!.sub(1))))), a!) : undefined,
    needed[1]
      ? reducedTo(g.mul(where(equal(a!, 0), 0, output.mul(log(where(equal(a!, 0), 1, a!))))), b!)
      : undefined,
  ],
  maximum: (g, { inputs: [a, b] }) => {
    const ties = equal(a!, b!);
    return [reducedTo(share(greater(a!, b!), ties, g), a!), reducedTo(share(greater(b!, a!), ties, g), b!)];
  },
  minimum: (g, { inputs: [a, b] }) => {
    const ties = equal(a!, b!);
    return [reducedTo(share(greater(b!, a!), ties, g), a!), reducedTo(share(greater(a!, b!), ties, g), b!)];
  },
  where: (g, { inputs: [condition, a, b] }) => [
    undefined,
    reducedTo(where(condition!, g, 0), a!),
    reducedTo(where(condition!, 0, g), b!),
  ],

  sum: (g, { inputs: [x], attributes }) => [spread(g, x!, attributes)],
  mean: (g, { inputs: [x], attributes }) => {
    const count = dimensionValue(sizeOf(attributes.axes.map((axis) => x!.shape[axis]!)), x!.dtype);
    return [spread(g.div(count), x!, attributes)];
  },
  max: (g, { inputs: [x], output, attributes }) => [spreadToExtremes(g, x!, output, attributes)],
  min: (g, { inputs: [x], output, attributes }) => [spreadToExtremes(g, x!, output, attributes)],
  prod: (g, { inputs: [x], attributes }) => {
    // The product of the others: total / x, unless x or others are 0.
    const zero = equal(x!, 0);
    const zeroCount = sum(cast(zero, x!.dtype), attributes.axes, keepDims);
    const ofNonzero = prod(where(zero, 1, x!), attributes.axes, keepDims);
    const others = where(
      zero,
      where(equal(zeroCount, 1), ofNonzero, 0),
      where(equal(zeroCount, 0), div(ofNonzero, where(zero, 1, x!)), 0),
    );
    return [spread(g, x!, attributes).mul(others)];
  },
  cumsum: (g, { attributes: { axis, exclusive, reverse } }) => [
    cumsum(g, axis, { exclusive, reverse: !reverse }),
  ],

  reshape: (g, { inputs: [x] }) => [g.reshape(x!.shape)],
  transpose: (g, { attributes: { permutation } }) => [
    transpose(
      g,
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ],
  broadcastTo: (g, { inputs: [x] }) => [reducedTo(g, x!)],
  slice: (g, { inputs: [x], attributes }) => [sliceAdjoint(g, x!, attributes)],
  pad: (g, { inputs: [x], attributes: { before } }) => [padAdjoint(g, x!, before)],
  concat: (g, { inputs, attributes: { axis } }) => {
    let start: Dimension = 0;
    return inputs.map((input) => {
      const part = narrow(g, axis, start, input.shape[axis]!);
      start = addDimensions(start, input.shape[axis]!);
      return part;
    });
  },
  take: (g, { inputs: [x, index], attributes: { axis } }) => [
    takeAdd(zeros(x!.shape, x!.dtype), index!, g, axis),
  ],
  takeAdd: (g, { inputs: [, index], attributes: { axis } }) => [g, undefined, take(g, index!, axis)],
  gather: (g, { inputs: [x, index], attributes: { axis } }) => [
    scatterAdd(zeros(x!.shape, x!.dtype), axis, index!, g),
  ],
  scatterAdd: (g, { inputs: [, index], attributes: { axis } }) => [g, undefined, gather(g, axis, index!)],

  matmul: (g, { inputs: [a, b], attributes: { transposeA, transposeB }, needed }) => [
    needed[0]
      ? reducedTo(
          transposeA
            ? matmul(b!, g, { transposeA: transposeB, transposeB: true })
            : matmul(g, b!, { transposeB: !transposeB }),
          a!,
        )
      : undefined,
    needed[1]
      ? reducedTo(
          transposeB
            ? matmul(g, a!, { transposeA: true, transposeB: transposeA })
            : matmul(a!, g, { transposeA: !transposeA }),
          b!,
        )
      : undefined,
  ],
  conv: convGradients,
  convTranspose: convTransposeGradients,
  maxPool2d: maxPoolGradient,
  avgPool2d: avgPoolGradient,

  softmax: (g, { output, attributes: { axis } }) => {
    const weighted = g.mul(output);
    return [weighted.sub(output.mul(sum(weighted, axis, keepDims)))];
  },
  logSoftmax: (g, { output, attributes: { axis } }) => [g.sub(exp(output).mul(sum(g, axis, keepDims)))],
  layerNorm: (g, { inputs: [x, weight, bias], attributes: { epsilon }, output, needed }) => {
    const centered = x!.sub(mean(x!, -1, keepDims));
    const inverse = mean(centered.square(), -1, keepDims).add(epsilon).rsqrt();
    const normalized = weight === undefined && bias === undefined ? output : centered.mul(inverse);
    const scaled = weight === undefined ? g : g.mul(weight);
    const along = mean(scaled.mul(normalized), -1, keepDims);
    return [
      needed[0]
        ? scaled
            .sub(mean(scaled, -1, keepDims))
            .sub(normalized.mul(along))
            .mul(inverse)
        : undefined,
      weight !== undefined && needed[1] ? reducedTo(g.mul(normalized), weight) : undefined,
      bias !== undefined && needed[2] ? reducedTo(g, bias) : undefined,
    ];
  },
  gelu: unary((x, y, { approximate }) => {
    const gate = geluGate(x, approximate);
    if (approximate === 'none') {
      const density = exp(x.square().mul(-0.5)).mul(gaussian * Math.SQRT1_2 * 0.5);
      return gate.add(density.mul(x));
    }
    // The derivative of the sigmoid's argument, x · (constant + square · x²).
    const slope = x
      .square()
      .mul(3 * tanhGelu.square)
      .add(tanhGelu.constant);
    return gate.add(y.sub(y.mul(gate)).mul(slope));
  }),
  silu: unary((x) => {
    const s = sigmoid(x);
    return s.mul(sub(1, s).mul(x).add(1));
  }),
  relu: unary((x) => cast(greater(x, 0), x.dtype)),
  leakyRelu: unary((x, _, { slope }) => where(greater(x, 0), full([], 1, x.dtype), slope)),
  softplus: unary((x) => sigmoid(x)),
  linear: (g, { inputs: [x, weight, bias], needed }) => {
    const rows = (t: Tensor): Tensor => t.reshape([sizeOf(t.shape.slice(0, -1)), t.shape.at(-1)!]);
    return [
      needed[0] ? matmul(rows(g), weight!).reshape(x!.shape) : undefined,
      needed[1] ? matmul(rows(g), rows(x!), { transposeA: true }) : undefined,
      bias !== undefined && needed[2] ? sum(rows(g), 0) : undefined,
    ];
  },
  scaledDotProductAttention: (
    g,
    { inputs: [query, key, value, mask], attributes: { scale }, output, needed },
  ) => {
    const scaled = query!.mul(scale);
    const logits = matmul(scaled, key!, { transposeB: true });
    const weights = softmax(mask === undefined ? logits : logits.add(mask));
    // Along a row, what the weights' gradients come to with the weights is what the result's come to with the result.
    const along = sum(g.mul(output), -1, keepDims);
    const toLogits = weights.mul(matmul(g, value!, { transposeB: true }).sub(along));
    return [
      needed[0] ? reducedTo(matmul(toLogits, key!.mul(scale)), query!) : undefined,
      needed[1] ? reducedTo(matmul(toLogits, scaled, { transposeA: true }), key!) : undefined,
      needed[2] ? reducedTo(matmul(weights, g, { transposeA: true }), value!) : undefined,
      mask !== undefined && needed[3] ? reducedTo(toLogits, mask) : undefined,
    ];
  },
};
