import type { ConvAttributes } from '@softvq/core/graph';
import type { Engine, Tensor } from '../engine.js';
import { fromChannelsLast, type Images, toChannelsLast } from './image-layout.js';
import type { Kernels } from './kernel.js';
import { pad } from './movement.js';
import { transpose } from './transpose.js';

/** The order of axes that tfjs wants kernels in: space first, then the channels of each, last first. */
export const kernelOrder: Readonly<Record<number, readonly number[]>> = { 3: [2, 1, 0], 4: [2, 3, 1, 0] };

/** One number for the height and one for the width. */
type Pair = [number, number];

/** Attributes for height and width; a single axis of space is the width of images that are one row high. */
function onImages({ strides, dilation, padding }: ConvAttributes) {
  const missing = strides.length === 1 ? [1] : [];
  const noPadding = missing.map(() => [0, 0] as const);
  return {
    strides: [...missing, ...strides] as Pair,
    dilation: [...missing, ...dilation] as Pair,
    padding: [...noPadding, ...padding] as readonly (readonly [number, number])[],
  };
}

/** A kernel as (height, width, …) in the order of tfjs. */
function asFilters(engine: Engine, kernel: Tensor, arranged: boolean): Images {
  const inOrder = arranged ? kernel : transpose(engine, kernel, kernelOrder[kernel.shape.length]!);
  return (inOrder.shape.length === 4 ? inOrder : inOrder.reshape([1, ...inOrder.shape])) as Images;
}

/** Zeros between the rows and between the columns of (height, width, …). */
function spread(engine: Engine, filters: Images, [vertical, horizontal]: Pair): Images {
  const [height, width, ...channels] = filters.shape;
  const size = channels[0]! * channels[1]!;
  const rows = pad(engine, filters.reshape([height, 1, width * size]), [
    [0, 0],
    [0, vertical - 1],
    [0, 0],
  ]);
  const tall = height * vertical;
  const both = pad(engine, rows.reshape([tall * width, 1, size]), [
    [0, 0],
    [0, horizontal - 1],
    [0, 0],
  ]);
  const whole = both.reshape([tall, width * horizontal, ...channels]) as Images;
  // Nothing follows the last row and column.
  return engine.tf.slice(whole, 0, [tall - vertical + 1, (width - 1) * horizontal + 1, ...channels]);
}

/** Applies something to each group of channels, the last axis of both operands, and joins the results there. */
function byGroup(
  { tf }: Engine,
  groups: number,
  images: Images,
  filters: Images,
  compute: (images: Images, filters: Images) => Images,
): Images {
  if (groups === 1) return compute(images, filters);
  const parts = tf.split<Images>(images, groups, 3);
  const kernels = tf.split<Images>(filters, groups, 3);
  const results = parts.map((part, group) => compute(part, kernels[group]!));
  return tf.concat(results, 3);
}

export const convolution: Kernels<'conv' | 'convTranspose'> = {
  conv: (engine, [x, kernel], { attributes, shape, arranged, dtype }) => {
    const { tf } = engine;
    if (x!.size === 0) return tf.zeros([...shape], dtype);
    const { strides, dilation, padding } = onImages(attributes);
    const images = toChannelsLast(engine, x!);
    const given = asFilters(engine, kernel!, arranged);
    // tfjs steps or dilates, not both: then the kernel gets its zeros here.
    const both = Math.max(...strides) > 1 && Math.max(...dilation) > 1;
    const filters = both ? spread(engine, given, dilation) : given;
    const rate: Pair = both ? [1, 1] : dilation;
    const [channels, perGroup] = [images.shape[3], filters.shape[2]];
    if (attributes.groups === channels && channels > 1 && perGroup === 1) {
      const [height, width, , outputs] = filters.shape;
      const depthwise = filters.reshape([height, width, channels, outputs / channels]) as Images;
      const padded = pad(engine, images, [[0, 0], ...padding, [0, 0]]) as Images;
      const result = tf.depthwiseConv2d(padded, depthwise, strides, 'valid', 'NHWC', rate);
      return fromChannelsLast(engine, result, shape);
    }
    const [vertical, horizontal] = padding as [[number, number], [number, number]];
    const result = byGroup(engine, attributes.groups, images, filters, (part, weights) =>
      tf.conv2d(part, weights, strides, [[0, 0], [...vertical], [...horizontal], [0, 0]], 'NHWC', rate),
    );
    return fromChannelsLast(engine, result, shape);
  },

  // Computed without padding, which only takes away from the border, and output padding, which only adds to it.
  convTranspose: (engine, [x, kernel], { attributes, shape, arranged, dtype }) => {
    const { tf } = engine;
    if (x!.size === 0) return tf.zeros([...shape], dtype);
    const { strides, dilation, padding } = onImages(attributes);
    const images = toChannelsLast(engine, x!);
    const filters = spread(engine, asFilters(engine, kernel!, arranged), dilation);
    const [height, width, outputs] = filters.shape;
    const size: Pair = [
      (images.shape[1] - 1) * strides[0] + height,
      (images.shape[2] - 1) * strides[1] + width,
    ];
    const whole = byGroup(engine, attributes.groups, images, filters, (part, weights) =>
      tf.conv2dTranspose(part, weights, [part.shape[0], ...size, outputs], strides, 'valid'),
    );
    const wanted = shape.length === 3 ? [1, shape[2]!] : shape.slice(2);
    const missing = size.map((each, axis) => Math.max(0, padding[axis]![0] + wanted[axis]! - each));
    const padded = pad(engine, whole, [
      [0, 0],
      [0, missing[0]!],
      [0, missing[1]!],
      [0, 0],
    ]);
    const result = tf.slice(
      padded,
      [0, padding[0]![0], padding[1]![0], 0],
      [whole.shape[0], wanted[0]!, wanted[1]!, whole.shape[3]],
    );
    return fromChannelsLast(engine, result, shape);
  },
};
