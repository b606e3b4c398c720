import type { Engine, Tensor, Tf } from '../engine.js';
import { transpose } from './transpose.js';

/** What the image operations of tfjs take. */
export type Images = ReturnType<Tf['tensor4d']>;

/** (batch, channels, height, width), or without a height, as (batch, height, width, channels). */
export function toChannelsLast(engine: Engine, x: Tensor): Images {
  const images = x.shape.length === 4 ? x : x.reshape(x.shape.toSpliced(2, 0, 1));
  return transpose(engine, images, [0, 2, 3, 1]) as Images;
}

/** (batch, height, width, channels) as the shape that `toChannelsLast` would have been given. */
export function fromChannelsLast(engine: Engine, images: Tensor, shape: readonly number[]): Tensor {
  return transpose(engine, images, [0, 3, 1, 2]).reshape([...shape]);
}
