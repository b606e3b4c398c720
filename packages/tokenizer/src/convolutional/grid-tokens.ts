import type { Dimension, Tensor } from '@softvq/core';

/** A grid (batch, channels, height, width) as tokens (batch, height · width, channels), row by row. */
export function tokensOfGrid(grid: Tensor): Tensor {
  const [batch, channels, height, width] = grid.shape as readonly [Dimension, number, number, number];
  return grid.reshape([batch, channels, height * width]).transpose([0, 2, 1]);
}

/** Tokens (batch, height · width, channels) as a grid (batch, channels, height, width): undoes `tokensOfGrid`. */
export function gridOfTokens(tokens: Tensor, [height, width]: readonly [number, number]): Tensor {
  const [batch, , channels] = tokens.shape as readonly [Dimension, number, number];
  return tokens.transpose([0, 2, 1]).reshape([batch, channels, height, width]);
}
