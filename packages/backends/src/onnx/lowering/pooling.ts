import type { AttributesOf } from '@softvq/core/graph';
import type { OnnxAttributes } from '../protobuf.js';
import type { Lowering } from './context.js';

function windowAttributes({ kernel, strides, padding }: AttributesOf<'maxPool2d'>): OnnxAttributes {
  return {
    kernel_shape: kernel,
    strides,
    pads: [...padding.map(([before]) => before), ...padding.map(([, after]) => after)],
  };
}

const maxPool2d: Lowering<'maxPool2d'> = (builder, { attributes }, inputs) =>
  builder.add('MaxPool', inputs, windowAttributes(attributes));

const avgPool2d: Lowering<'avgPool2d'> = (builder, { attributes }, inputs) =>
  builder.add('AveragePool', inputs, {
    ...windowAttributes(attributes),
    count_include_pad: attributes.countPadding ? 1 : 0,
  });

export const pooling = { maxPool2d, avgPool2d };
