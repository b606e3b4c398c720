import { ArgumentError, ShapeError } from '../../errors.js';
import {
  broadcastShapes,
  dimensionsEqual,
  formatShape,
  multiplyDimensions,
  type Shape,
  shapesEqual,
  sizeOf,
  staticShape,
} from '../../tensor/dimension.js';
import { floating, operation, sameDType, type TensorSpec } from './operation.js';
import { type AxisAttributes, type ReduceAttributes, reducedShape } from './reductions.js';

export interface NormAttributes {
  /** Added to the variance before the root. */
  readonly epsilon: number;
}

export interface ResizeAttributes {
  /** New height and width. */
  readonly size: readonly [number, number];
  readonly method: 'nearest' | 'bilinear' | 'bicubic' | 'area';
  /** The a of the cubic kernel: -0.75 in PyTorch, -0.5 with its antialias and in Pillow. */
  readonly cubicCoefficient: number;
  /** Widens the kernel when shrinking, so that every input pixel counts. */
  readonly antialias: boolean;
  /** How output pixels map to the input: centres to centres, corners to corners, or index times scale. */
  readonly coordinates: 'half-pixel' | 'align-corners' | 'asymmetric';
}

function activation<Attributes>() {
  return operation<Attributes>({
    kind: 'composite',
    inputs: 1,
    infer: ([input], _, name) => ({ shape: input!.shape, dtype: floating(name, input!) }),
  });
}

function assertShape(name: string, what: string, input: TensorSpec | undefined, shape: Shape): void {
  if (input !== undefined && !shapesEqual(input.shape, shape)) {
    throw new ShapeError(`${name}: ${what} is ${formatShape(input.shape)} and must be ${formatShape(shape)}`);
  }
}

/** Normalises the last axis; weight and bias, if given, have its size. */
const lastAxisNorm = operation<NormAttributes>({
  kind: 'composite',
  inputs: [1, 3],
  infer: (inputs, _, name) => {
    const [input, weight, bias] = inputs;
    floating(name, input!);
    if (input!.shape.length === 0) throw new ShapeError(`${name} of a scalar, which has no axis`);
    assertShape(name, 'weight', weight, input!.shape.slice(-1));
    assertShape(name, 'bias', bias, input!.shape.slice(-1));
    return { shape: input!.shape, dtype: sameDType(name, inputs) };
  },
  flops: ([input]) => multiplyDimensions(8, sizeOf(input!.shape)),
});

export const composites = {
  softmax: activation<AxisAttributes>(),
  logSoftmax: activation<AxisAttributes>(),
  logSumExp: operation<ReduceAttributes>({
    kind: 'composite',
    inputs: 1,
    infer: ([input], attributes, name) => ({
      shape: reducedShape(input!.shape, attributes),
      dtype: floating(name, input!),
    }),
  }),

  /** Inputs: x, weight?, bias?. Mean 0 and (biased) variance 1 over the last axis, then weight and bias. */
  layerNorm: lastAxisNorm,
  /** Inputs: x, weight?. Divided by the root of the mean square over the last axis. */
  rmsNorm: lastAxisNorm,
  /** Inputs: x (batch, channels, …), weight?, bias? (channels). Normalises groups of channels with their space. */
  groupNorm: operation<NormAttributes & { readonly groups: number }>({
    kind: 'composite',
    inputs: [1, 3],
    infer: (inputs, { groups }, name) => {
      const [input, weight, bias] = inputs;
      floating(name, input!);
      const [, channels] = input!.shape;
      if (input!.shape.length < 2)
        throw new ShapeError(`${name} takes (batch, channels, …), not ${formatShape(input!.shape)}`);
      if (typeof channels !== 'number' || channels % groups !== 0) {
        throw new ArgumentError(`${name}: ${channels} channels do not divide into ${groups} groups`);
      }
      staticShape(input!.shape.slice(2), `${name}: space`);
      assertShape(name, 'weight', weight, [channels]);
      assertShape(name, 'bias', bias, [channels]);
      return { shape: input!.shape, dtype: sameDType(name, inputs) };
    },
    flops: ([input]) => multiplyDimensions(8, sizeOf(input!.shape)),
  }),
  /** Inputs: x (batch, channels, …), mean, variance, weight?, bias? (channels). With the statistics given. */
  batchNorm: operation<NormAttributes>({
    kind: 'composite',
    inputs: [3, 5],
    infer: (inputs, _, name) => {
      const [input, ...perChannel] = inputs;
      floating(name, input!);
      if (input!.shape.length < 2)
        throw new ShapeError(`${name} takes (batch, channels, …), not ${formatShape(input!.shape)}`);
      for (const [i, each] of perChannel.entries()) {
        assertShape(name, ['mean', 'variance', 'weight', 'bias'][i]!, each, [input!.shape[1]!]);
      }
      return { shape: input!.shape, dtype: sameDType(name, inputs) };
    },
    flops: ([input]) => multiplyDimensions(4, sizeOf(input!.shape)),
  }),

  gelu: activation<{ readonly approximate: 'none' | 'tanh' }>(),
  silu: activation(),
  relu: activation(),
  leakyRelu: activation<{ readonly slope: number }>(),
  softplus: activation(),
  /** Divided by the L2 norm along the axis, or by epsilon where that is larger. */
  normalize: activation<AxisAttributes & NormAttributes>(),

  /**
   * Inputs: query (…, rows, width), key (…, columns, width), value (…, columns, out), mask? that is added to the
   * logits and broadcasts to (…, rows, columns). softmax(query · keyᵀ · scale + mask) · value.
   */
  scaledDotProductAttention: operation<{ readonly scale: number }>({
    kind: 'composite',
    inputs: [3, 4],
    infer: (inputs, _, name) => {
      const [query, key, value, mask] = inputs as [TensorSpec, TensorSpec, TensorSpec, TensorSpec?];
      const shapes = inputs.map((input) => formatShape(input.shape)).join(', ');
      floating(name, query);
      const dtype = sameDType(name, inputs);
      const fits =
        [query, key, value].every(({ shape }) => shape.length >= 2) &&
        dimensionsEqual(query.shape.at(-1)!, key.shape.at(-1)!) &&
        dimensionsEqual(key.shape.at(-2)!, value.shape.at(-2)!);
      if (!fits) throw new ShapeError(`${name}: query, key, value of shapes ${shapes} do not fit`);
      const batch = broadcastShapes(
        name,
        query.shape.slice(0, -2),
        broadcastShapes(name, key.shape.slice(0, -2), value.shape.slice(0, -2)),
      );
      if (mask !== undefined) {
        const logits = [...batch, query.shape.at(-2)!, key.shape.at(-2)!];
        if (!shapesEqual(broadcastShapes(name, mask.shape, logits), logits)) {
          throw new ShapeError(
            `${name}: mask ${formatShape(mask.shape)} does not broadcast to ${formatShape(logits)}`,
          );
        }
      }
      return { shape: [...batch, query.shape.at(-2)!, value.shape.at(-1)!], dtype };
    },
    flops: ([query, key, value], _, output) =>
      multiplyDimensions(
        2,
        sizeOf(output.shape.slice(0, -1)),
        key!.shape.at(-2)!,
        (query!.shape.at(-1) as number) + (value!.shape.at(-1) as number),
      ),
  }),

  /** Inputs: x (…, in), weight (out, in), bias? (out). x · weightᵀ + bias. */
  linear: operation({
    kind: 'composite',
    inputs: [2, 3],
    infer: (inputs, _, name) => {
      const [input, weight, bias] = inputs;
      floating(name, input!);
      const dtype = sameDType(name, inputs);
      const given = input!.shape.at(-1);
      if (weight!.shape.length !== 2 || given === undefined || !dimensionsEqual(weight!.shape[1]!, given)) {
        throw new ShapeError(
          `${name}: input ${formatShape(input!.shape)} and weight ${formatShape(weight!.shape)} (out, in) do not fit`,
        );
      }
      assertShape(name, 'bias', bias, [weight!.shape[0]!]);
      return { shape: input!.shape.with(-1, weight!.shape[0]!), dtype };
    },
    flops: ([input, weight]) => multiplyDimensions(2, sizeOf(input!.shape), weight!.shape[0]!),
  }),

  /** (batch, channels, height, width) to a new height and width. */
  resize: operation<ResizeAttributes>({
    kind: 'composite',
    inputs: 1,
    infer: ([input], { size }, name) => {
      if (input!.shape.length !== 4) {
        throw new ShapeError(
          `${name} takes (batch, channels, height, width), not ${formatShape(input!.shape)}`,
        );
      }
      const space = staticShape(input!.shape.slice(2), `${name}: height and width`);
      if ([...size, ...space].some((each) => !Number.isInteger(each) || each < 1)) {
        throw new ArgumentError(
          `${name}: from ${space.join('×')} to ${size.join('×')}: sizes must be whole numbers from 1`,
        );
      }
      return { shape: [...input!.shape.slice(0, 2), ...size], dtype: floating(name, input!) };
    },
    flops: ([input], _, output) =>
      multiplyDimensions(2, sizeOf(output.shape), (input!.shape[2] as number) + (input!.shape[3] as number)),
  }),
};
