import type { ConvAttributes, ConvTransposeAttributes } from '../graph/table/index.js';
import { narrow, transpose } from '../operations/movement.js';
import { applyOperation } from '../tensor/apply.js';
import type { Dimension } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import type { GradientRule } from './rules.js';

/** The gradient of the input is the transposed convolution, that of the kernel a convolution over the batch. */
export const convGradients: GradientRule<'conv'> = (g, { inputs: [x, kernel], attributes, needed }) => [
  needed[0] ? convTransposeTo(x!, g, kernel!, attributes) : undefined,
  needed[1] ? kernelGradient(x!, g, kernel!, attributes) : undefined,
];

/** As for `conv`, with input and gradient in each other's roles. */
export const convTransposeGradients: GradientRule<'convTranspose'> = (
  g,
  { inputs: [x, kernel], attributes, needed },
) => {
  const { outputPadding: _, ...conv } = attributes;
  return [
    needed[0] ? fitSpace(applyOperation('conv', [g, kernel!], conv), x!) : undefined,
    needed[1] ? kernelGradient(g, x!, kernel!, conv) : undefined,
  ];
};

/** Transposed convolution with just the output padding that gives the space of `like`. */
function convTransposeTo(like: Tensor, g: Tensor, kernel: Tensor, attributes: ConvAttributes): Tensor {
  const { strides, padding, dilation } = attributes;
  const outputPadding = strides.map((stride, i) => {
    const window = dilation[i]! * ((kernel.shape[i + 2] as number) - 1) + 1;
    const reached = ((g.shape[i + 2] as number) - 1) * stride + window - padding[i]![0] - padding[i]![1];
    return (like.shape[i + 2] as number) - reached;
  });
  const transposed: ConvTransposeAttributes = { ...attributes, outputPadding };
  return applyOperation('convTranspose', [g, kernel], transposed);
}

/**
 * Σ over batch and positions of input · gradient: a convolution whose batch is the input's channels, whose
 * channels are the batch, and whose kernel is the gradient, with stride and dilation exchanged.
 */
function kernelGradient(x: Tensor, g: Tensor, kernel: Tensor, attributes: ConvAttributes): Tensor {
  const { strides, padding, dilation, groups } = attributes;
  const [batch, channels, ...space] = x.shape as [Dimension, number, ...number[]];
  const perGroup = channels / groups;
  const spaceAxes = space.map((_, i) => i + 3);
  const swapped = x
    .reshape([batch, groups, perGroup, ...space])
    .transpose([2, 1, 0, ...spaceAxes])
    .reshape([perGroup, typeof batch === 'number' ? groups * batch : -1, ...space]);
  const asKernel = transpose(g, [1, 0, ...space.map((_, i) => i + 2)]);
  const product = applyOperation('conv', [swapped, asKernel], {
    strides: dilation,
    dilation: strides,
    padding,
    groups,
  });
  return fitSpace(transpose(product, [1, 0, ...space.map((_, i) => i + 2)]), kernel);
}

/** Drops the rows and columns that a stride left over. */
function fitSpace(x: Tensor, like: Tensor): Tensor {
  return like.shape.reduce<Tensor>(
    (fitted, size, axis) =>
      axis < 2 || fitted.shape[axis] === size ? fitted : narrow(fitted, axis, 0, size),
    x,
  );
}
