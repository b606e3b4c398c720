import type { PoolAttributes } from '@softvq/core/graph';
import type { Engine, Tensor } from '../engine.js';
import { fromChannelsLast, type Images, toChannelsLast } from './image-layout.js';
import type { Kernels } from './kernel.js';
import { pad } from './movement.js';

type Explicit = [[number, number], [number, number], [number, number], [number, number]];

/** Padding that no window counts. */
function around({ padding: [vertical, horizontal] }: PoolAttributes): Explicit {
  return [[0, 0], [...vertical!], [...horizontal!], [0, 0]];
}

function pool(
  engine: Engine,
  x: Tensor,
  { kernel }: PoolAttributes,
  shape: readonly number[],
  compute: (images: Images, window: [number, number]) => Images,
): Tensor {
  return fromChannelsLast(engine, compute(toChannelsLast(engine, x), [...kernel]), shape);
}

export const pooling: Kernels<'maxPool2d' | 'avgPool2d'> = {
  maxPool2d: (engine, [x], { attributes, shape }) =>
    pool(engine, x!, attributes, shape, (images, window) =>
      engine.tf.maxPool(images, window, [...attributes.strides], around(attributes)),
    ),

  avgPool2d: (engine, [x], { attributes, shape }) =>
    pool(engine, x!, attributes, shape, (images, window) => {
      const strides: [number, number] = [...attributes.strides];
      if (!attributes.countPadding) return engine.tf.avgPool(images, window, strides, around(attributes));
      const padded = pad(engine, images, around(attributes)) as Images;
      return engine.tf.avgPool(padded, window, strides, 'valid');
    }),
};
