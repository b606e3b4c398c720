import type { AttributesOf, CompositeName } from '../graph/table/index.js';
import { fromHost } from '../tensor/creation.js';
import { type Dimension, sizeOf } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import { softmax } from './activations.js';
import { abs, add, cast, div, exp, log, maximum, minimum, mul, rsqrt, sigmoid, sqrt } from './elementwise.js';
import { geluGate } from './gelu-gate.js';
import { matmul } from './products.js';
import { max, mean, sum } from './reductions.js';
import { resizeWeights } from './resize.js';

type Definition<Name extends CompositeName> = (attributes: AttributesOf<Name>, ...inputs: Tensor[]) => Tensor;

const keepDims = { keepDims: true };

/** Every composite in primitives: what it means, and what runs where a backend has no kernel for it. */
const definitions: { readonly [Name in CompositeName]: Definition<Name> } = {
  softmax: ({ axis }, x) => {
    const exponents = exp(x!.sub(max(x!, axis, keepDims)));
    return exponents.div(sum(exponents, axis, keepDims));
  },

  logSoftmax: ({ axis }, x) => {
    const shifted = x!.sub(max(x!, axis, keepDims));
    return shifted.sub(log(sum(exp(shifted), axis, keepDims)));
  },

  logSumExp: ({ axes, keepDims: keep }, x) => {
    // Finite even where everything is -Infinity, so that -Infinity minus itself cannot occur.
    const peak = maximum(max(x!, axes, keepDims), -1e30);
    const result = log(sum(exp(x!.sub(peak)), axes, keepDims)).add(peak);
    return keep ? result : result.reshape(x!.shape.filter((_, axis) => !axes.includes(axis)));
  },

  layerNorm: ({ epsilon }, x, weight, bias) => {
    const centered = x!.sub(mean(x!, -1, keepDims));
    const normalized = centered.mul(rsqrt(mean(centered.square(), -1, keepDims).add(epsilon)));
    return affine(normalized, weight, bias);
  },

  rmsNorm: ({ epsilon }, x, weight) =>
    affine(x!.mul(rsqrt(mean(x!.square(), -1, keepDims).add(epsilon))), weight),

  groupNorm: ({ groups, epsilon }, x, weight, bias) => {
    const [batch, channels, ...space] = x!.shape as [Dimension, number, ...number[]];
    const grouped = x!.reshape([batch, groups, (channels / groups) * sizeOf(space)]);
    const centered = grouped.sub(mean(grouped, -1, keepDims));
    const normalized = centered.mul(rsqrt(mean(centered.square(), -1, keepDims).add(epsilon)));
    return affine(normalized.reshape(x!.shape), perChannel(x!, weight), perChannel(x!, bias));
  },

  batchNorm: ({ epsilon }, x, average, variance, weight, bias) => {
    const normalized = x!.sub(perChannel(x!, average)!).mul(perChannel(x!, rsqrt(variance!.add(epsilon)))!);
    return affine(normalized, perChannel(x!, weight), perChannel(x!, bias));
  },

  gelu: ({ approximate }, x) => x!.mul(geluGate(x!, approximate)),

  silu: (_, x) => x!.mul(sigmoid(x!)),

  relu: (_, x) => maximum(x!, 0),

  leakyRelu: ({ slope }, x) => add(maximum(x!, 0), minimum(x!, 0).mul(slope)),

  softplus: (_, x) => maximum(x!, 0).add(log(exp(abs(x!).neg()).add(1))),

  // The square is bounded, not the root, whose derivative at 0 is infinite.
  normalize: ({ axis, epsilon }, x) => div(x!, sqrt(maximum(sum(x!.square(), axis, keepDims), epsilon ** 2))),

  scaledDotProductAttention: ({ scale }, query, key, value, mask) => {
    const logits = matmul(query!.mul(scale), key!, { transposeB: true });
    return matmul(softmax(mask === undefined ? logits : logits.add(mask), -1), value!);
  },

  linear: (_, x, weight, bias) => {
    const product = matmul(x!.rank === 1 ? x!.reshape([1, x!.shape[0]!]) : x!, weight!, { transposeB: true });
    const shaped = x!.rank === 1 ? product.reshape([weight!.shape[0]!]) : product;
    return bias === undefined ? shaped : shaped.add(bias);
  },

  resize: ({ size, ...attributes }, x) => {
    const [height, width] = x!.shape.slice(2) as [number, number];
    const weights = (from: number, to: number): Tensor =>
      cast(
        fromHost({ dtype: 'float32', shape: [to, from], data: resizeWeights(from, to, attributes) }),
        x!.dtype,
      );
    const rows = height === size[0] ? x! : matmul(weights(height, size[0]), x!);
    return width === size[1] ? rows : matmul(rows, weights(width, size[1]), { transposeB: true });
  },
};

/** The definition of a composite applied to tensors. */
export function defineComposite<Name extends CompositeName>(
  name: Name,
  inputs: readonly Tensor[],
  attributes: AttributesOf<Name>,
): Tensor {
  const definition: Definition<Name> = definitions[name];
  return definition(attributes, ...inputs);
}

function affine(x: Tensor, weight: Tensor | undefined, bias?: Tensor): Tensor {
  const scaled = weight === undefined ? x : mul(x, weight);
  return bias === undefined ? scaled : scaled.add(bias);
}

/** A tensor of one number a channel, shaped to broadcast against (batch, channels, …). */
function perChannel(x: Tensor, values: Tensor | undefined): Tensor | undefined {
  return values?.reshape([values.shape[0]!, ...x.shape.slice(2).map(() => 1)]);
}
