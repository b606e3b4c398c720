import { ArgumentError, ShapeError } from '../../errors.js';
import {
  broadcastShapes,
  type Dimension,
  dimensionsEqual,
  formatShape,
  multiplyDimensions,
  type Shape,
  sizeOf,
  staticShape,
} from '../../tensor/dimension.js';
import {
  floating,
  formatSpec,
  operation,
  positiveIntegers,
  sameDType,
  type TensorSpec,
} from './operation.js';

export interface MatmulAttributes {
  /** The last two axes of the first input are exchanged before the product. */
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export interface ConvAttributes {
  /** One number an axis of space, as in all of these. */
  readonly strides: readonly number[];
  /** Zeros before and after each axis of space. */
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

export interface ConvTransposeAttributes extends ConvAttributes {
  /** Elements added at the end of each axis, to choose among the sizes that a strided convolution maps to one. */
  readonly outputPadding: readonly number[];
}

function matrixShape(shape: Shape, transposed: boolean): Shape {
  return transposed ? [shape.at(-1)!, shape.at(-2)!] : shape.slice(-2);
}

/** Channels come second, then one or two axes of space; kernels are (out, in / groups, …space). */
function assertConv(name: string, inputs: readonly TensorSpec[], attributes: ConvAttributes): void {
  const [input, kernel] = inputs as [TensorSpec, TensorSpec];
  sameDType(name, inputs);
  floating(name, input);
  const rank = attributes.strides.length;
  if (input.shape.length !== rank + 2 || kernel.shape.length !== rank + 2) {
    throw new ShapeError(
      `${name}: input ${formatShape(input.shape)} and kernel ${formatShape(kernel.shape)} must both have ${rank + 2} axes`,
    );
  }
  // The gradient of a kernel is a convolution whose channels are the batch, so these may be symbolic.
  staticShape(kernel.shape.toSpliced(1, 1), `${name}: outputs and space of the kernel`);
  staticShape(input.shape.slice(2), `${name}: space of the input`);
  positiveIntegers(name, 'strides', attributes.strides);
  positiveIntegers(name, 'dilation', attributes.dilation);
  positiveIntegers(name, 'groups', [attributes.groups]);
  if (attributes.padding.flat().some((count) => !Number.isInteger(count) || count < 0)) {
    throw new ArgumentError(
      `${name}: padding must be whole numbers from 0, not ${JSON.stringify(attributes.padding)}`,
    );
  }
}

function assertSpace(
  name: string,
  sizes: readonly number[],
  input: TensorSpec,
  kernel: TensorSpec,
): readonly number[] {
  if (sizes.some((size) => size < 1)) {
    throw new ShapeError(
      `${name}: kernel ${formatShape(kernel.shape)} does not fit into ${formatShape(input.shape)}`,
    );
  }
  return sizes;
}

function convShape(name: string, input: TensorSpec, kernel: TensorSpec, attributes: ConvAttributes): Shape {
  const { strides, padding, dilation, groups } = attributes;
  const [outputs, channels, ...window] = kernel.shape as [number, Dimension, ...number[]];
  const given = input.shape[1]!;
  const taken = multiplyDimensions(channels, groups);
  if (!dimensionsEqual(given, taken) || outputs % groups !== 0) {
    throw new ShapeError(
      `${name}: input ${formatShape(input.shape)} has ${given} channels, kernel ${formatShape(kernel.shape)} with ${groups} groups takes ${taken}, and its ${outputs} outputs must divide by the groups`,
    );
  }
  const space = window.map((size, i) => {
    const padded = (input.shape[i + 2] as number) + padding[i]![0] + padding[i]![1];
    return Math.floor((padded - dilation[i]! * (size - 1) - 1) / strides[i]!) + 1;
  });
  return [input.shape[0]!, outputs, ...assertSpace(name, space, input, kernel)];
}

function convTransposeShape(
  name: string,
  input: TensorSpec,
  kernel: TensorSpec,
  attributes: ConvTransposeAttributes,
): Shape {
  const { strides, padding, outputPadding, dilation, groups } = attributes;
  const [channels, outputs, ...window] = staticShape(kernel.shape, `${name}: the kernel`) as [
    number,
    number,
    ...number[],
  ];
  if (input.shape[1] !== channels || channels % groups !== 0) {
    throw new ShapeError(
      `${name}: input ${formatShape(input.shape)} has ${input.shape[1]} channels, kernel ${formatShape(kernel.shape)} takes ${channels}, which must divide by ${groups} groups`,
    );
  }
  const space = window.map((size, i) => {
    const full = ((input.shape[i + 2] as number) - 1) * strides[i]! + dilation[i]! * (size - 1) + 1;
    return full - padding[i]![0] - padding[i]![1] + outputPadding[i]!;
  });
  return [input.shape[0]!, outputs * groups, ...assertSpace(name, space, input, kernel)];
}

export const products = {
  /** Matrix products over the last two axes; the axes before broadcast. */
  matmul: operation<MatmulAttributes>({
    kind: 'primitive',
    inputs: 2,
    infer: (inputs, { transposeA, transposeB }, name) => {
      const [a, b] = inputs as [TensorSpec, TensorSpec];
      if (a.shape.length < 2 || b.shape.length < 2) {
        throw new ShapeError(
          `${name}: ${formatSpec(a)} and ${formatSpec(b)} must both have two axes or more`,
        );
      }
      const dtype = sameDType(name, inputs);
      floating(name, a);
      const [rows, inner] = matrixShape(a.shape, transposeA);
      const [innerOfB, columns] = matrixShape(b.shape, transposeB);
      if (!dimensionsEqual(inner!, innerOfB!)) {
        const transposed = (flag: boolean) => (flag ? ' transposed' : '');
        throw new ShapeError(
          `${name}: ${formatShape(a.shape)}${transposed(transposeA)} times ${formatShape(b.shape)}${transposed(transposeB)}: inner sizes ${inner} and ${innerOfB} differ`,
        );
      }
      const batch = broadcastShapes(name, a.shape.slice(0, -2), b.shape.slice(0, -2));
      return { shape: [...batch, rows!, columns!], dtype };
    },
    flops: ([a], { transposeA }, output) =>
      multiplyDimensions(2, sizeOf(output.shape), a!.shape.at(transposeA ? -2 : -1)!),
  }),

  /** Cross-correlation of (batch, channels, …space) with a kernel (out, channels / groups, …space). */
  conv: operation<ConvAttributes>({
    kind: 'primitive',
    inputs: 2,
    infer: (inputs, attributes, name) => {
      assertConv(name, inputs, attributes);
      return { shape: convShape(name, inputs[0]!, inputs[1]!, attributes), dtype: inputs[0]!.dtype };
    },
    flops: ([, kernel], _, output) =>
      multiplyDimensions(2, sizeOf(output.shape), sizeOf(kernel!.shape.slice(1))),
  }),

  /** The transpose of `conv`, with a kernel (channels, out / groups, …space). */
  convTranspose: operation<ConvTransposeAttributes>({
    kind: 'primitive',
    inputs: 2,
    infer: (inputs, attributes, name) => {
      assertConv(name, inputs, attributes);
      return { shape: convTransposeShape(name, inputs[0]!, inputs[1]!, attributes), dtype: inputs[0]!.dtype };
    },
    flops: ([input, kernel]) => multiplyDimensions(2, sizeOf(input!.shape), sizeOf(kernel!.shape.slice(1))),
  }),
};
