import { ArgumentError, type Dimension, formatShape, type Tensor, transpose } from '@softvq/core';

/** Latents of an image: tokens of some width, or a square grid of channels. */
export type LatentShape =
  | readonly [tokens: number, width: number]
  | readonly [channels: number, height: number, width: number];

/** How latents become the tokens of a transformer. */
export interface LatentLayout {
  /** How many tokens an image becomes. */
  readonly tokens: number;
  /** Of a token's latents, or channels of the grid. */
  readonly channels: number;
  /** Side of the grid in patches; undefined for latents that are tokens already. */
  readonly side: number | undefined;
}

/** @throws ArgumentError for sizes that are not whole, a grid that is not square or does not divide into patches. */
export function latentLayout(latentShape: LatentShape, patchSize: number): LatentLayout {
  if (![...latentShape, patchSize].every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new ArgumentError(
      `a latent shape and a patch size are whole numbers from 1, not ${formatShape(latentShape)} and ${patchSize}`,
    );
  }
  if (latentShape.length === 2) {
    if (patchSize === 1) return { tokens: latentShape[0], channels: latentShape[1], side: undefined };
    throw new ArgumentError(
      `latents ${formatShape(latentShape)} are tokens already and are not cut into patches: leave the patch size at 1, not ${patchSize}`,
    );
  }
  const [channels, height, width] = latentShape as readonly [number, number, number?];
  if (latentShape.length !== 3 || height !== width || height % patchSize !== 0) {
    throw new ArgumentError(
      `a latent shape is (tokens, width), or (channels, height, width) of a square in patches of ${patchSize}, not ${formatShape(latentShape)}`,
    );
  }
  const side = height / patchSize;
  return { tokens: side * side, channels, side };
}

/** Tokens (rows, side², patchSize² · channels), a patch each, to a grid (rows, channels, height, width). */
export function unpatchify(tokens: Tensor, side: number, patchSize: number): Tensor {
  const [rows, , numbers] = tokens.shape as readonly [Dimension, number, number];
  const channels = numbers / patchSize ** 2;
  const size = side * patchSize;
  const cells = tokens.reshape([rows, side, side, patchSize, patchSize, channels]);
  return transpose(cells, [0, 5, 1, 3, 2, 4]).reshape([rows, channels, size, size]);
}
