import { sizeOf } from '@softvq/core';
import type { ConvAttributes, ConvTransposeAttributes, Node } from '@softvq/core/graph';
import type { OnnxBuilder, ValueName } from '../builder.js';
import type { OnnxAttributes } from '../protobuf.js';
import type { Lowering } from './context.js';

/** What both kinds of convolution have, as ONNX names it. */
function windowAttributes({ strides, padding, dilation, groups }: ConvAttributes): OnnxAttributes {
  const pads = [...padding.map(([before]) => before), ...padding.map(([, after]) => after)];
  return { strides, pads, dilations: dilation, group: groups };
}

const conv: Lowering<'conv'> = (builder, { attributes }, inputs) =>
  builder.add('Conv', inputs, windowAttributes(attributes));

const convTranspose: Lowering<'convTranspose'> = (builder, node, inputs) => {
  const { attributes } = node;
  // The WebGPU kernel of ConvTranspose gets images after the first of a batch wrong, depending on the sizes.
  if (builder.dialect.kernels === 'webgpu') return asConvolution(builder, node, inputs);
  return builder.add('ConvTranspose', inputs, {
    ...windowAttributes(attributes),
    output_padding: attributes.outputPadding,
  });
};

type ConvTransposeNode = Pick<Node, 'inputs'> & { readonly attributes: ConvTransposeAttributes };

/** A transposed convolution is one with the kernel turned round, over elements that are moved apart by the strides. */
function asConvolution(
  builder: OnnxBuilder,
  { inputs: [input, kernel], attributes }: ConvTransposeNode,
  [x, weights]: readonly ValueName[],
): ValueName {
  const { padding, dilation, outputPadding, groups } = attributes;
  const window = kernel!.shape.slice(2).map(Number);
  // How far the output goes beyond the elements on each side; less than none means that elements are cut off.
  const around = window.map((size, axis) => {
    const reach = dilation[axis]! * (size - 1);
    const [before, after] = padding[axis]!;
    return [reach - before, reach - after + outputPadding[axis]!] as const;
  });
  const cut = around.map((sides) => sides.map((side) => Math.max(0, -side)) as [number, number]);
  const pads = around.map((sides) => sides.map((side) => Math.max(0, side)) as [number, number]);
  const apart = crop(builder, moveApart(builder, x!, input!, attributes), cut);
  return builder.add(
    'Conv',
    [apart, turnKernel(builder, weights!, kernel!, groups)],
    windowAttributes({ strides: window.map(() => 1), padding: pads, dilation, groups }),
  );
}

/** Puts `stride - 1` zeros between neighbours of each axis of space. */
function moveApart(
  builder: OnnxBuilder,
  x: ValueName,
  { shape, dtype }: Node,
  { strides }: ConvAttributes,
): ValueName {
  if (strides.every((stride) => stride === 1)) return x;
  const [batch, channels, ...space] = shape;
  const separate = builder.add('Reshape', [
    x,
    builder.sizes([batch!, channels!, ...space.flatMap((size) => [size, 1])]),
  ]);
  const before = Array.from({ length: 2 + 2 * space.length }, () => 0);
  const after = [0, 0, ...strides.flatMap((stride) => [0, stride - 1])];
  const widened = builder.add('Pad', [
    separate,
    builder.int64([...before, ...after]),
    builder.scalar(0, dtype),
  ]);
  const joined = builder.add('Reshape', [
    widened,
    builder.sizes([batch!, channels!, ...space.map((size, axis) => sizeOf([size, strides[axis]!]))]),
  ]);
  // Behind the last element there is nothing to be apart from.
  return crop(
    builder,
    joined,
    strides.map((stride) => [0, stride - 1]),
  );
}

/** Takes elements away from both ends of the axes of space. */
function crop(
  builder: OnnxBuilder,
  x: ValueName,
  amounts: readonly (readonly [number, number])[],
): ValueName {
  const axes = amounts.flatMap(([before, after], axis) => (before === 0 && after === 0 ? [] : [axis]));
  if (axes.length === 0) return x;
  return builder.add('Slice', [
    x,
    builder.int64(axes.map((axis) => amounts[axis]![0])),
    builder.int64(axes.map((axis) => -amounts[axis]![1] || Number.MAX_SAFE_INTEGER)),
    builder.int64(axes.map((axis) => axis + 2)),
  ]);
}

/** A kernel (inputs, outputs / groups, …) as (outputs, inputs / groups, …), backwards along the axes of space. */
function turnKernel(builder: OnnxBuilder, kernel: ValueName, { shape }: Node, groups: number): ValueName {
  const [inputs, outputs, ...window] = shape.map(Number) as [number, number, ...number[]];
  const space = window.map((_, axis) => axis);
  const grouped = builder.add('Reshape', [
    kernel,
    builder.int64([groups, inputs / groups, outputs, ...window]),
  ]);
  const exchanged = builder.add('Transpose', [grouped], {
    perm: [0, 2, 1, ...space.map((axis) => axis + 3)],
  });
  const joined = builder.add('Reshape', [
    exchanged,
    builder.int64([groups * outputs, inputs / groups, ...window]),
  ]);
  return space
    .filter((axis) => window[axis]! > 1)
    .reduce((value, axis) => {
      const backwards = Array.from({ length: window[axis]! }, (_, i) => window[axis]! - 1 - i);
      return builder.add('Gather', [value, builder.int64(backwards)], { axis: axis + 2 });
    }, joined);
}

export const convolution = { conv, convTranspose };
