import { type Dimension, type Tensor, transpose } from '@softvq/core';

/** A grid (batch, channels, height, width) as tokens (batch, patches, channels · patchSize²), row by row. */
export function gridToTokens(grid: Tensor, patchSize: number): Tensor {
  const [batch, channels, height] = grid.shape as readonly [Dimension, number, number, number];
  const side = height / patchSize;
  const cells = grid.reshape([batch, channels, side, patchSize, side, patchSize]);
  return transpose(cells, [0, 2, 4, 1, 3, 5]).reshape([batch, side * side, channels * patchSize ** 2]);
}

/** The inverse of `gridToTokens`. */
export function tokensToGrid(tokens: Tensor, patchSize: number): Tensor {
  const [batch, count, numbers] = tokens.shape as readonly [Dimension, number, number];
  const side = Math.sqrt(count);
  const channels = numbers / patchSize ** 2;
  const cells = tokens.reshape([batch, side, side, channels, patchSize, patchSize]);
  return transpose(cells, [0, 3, 1, 4, 2, 5]).reshape([batch, channels, side * patchSize, side * patchSize]);
}
