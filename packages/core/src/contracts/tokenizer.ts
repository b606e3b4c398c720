import type { Tensor } from '../tensor/tensor.js';

/**
 * Images to latents and back: to a few tokens, or to a grid. Its methods are traced functions: they serve lazy tensors and `compile`
 * alike, with any batch size, also a symbolic one. All take and give the element type of its parameters.
 */
export interface Tokenizer {
  readonly specVersion: 1;
  /** As registered, and as saved configs name it: `SoftVQ`. */
  readonly name: string;
  /** Height and width of the images. */
  readonly imageSize: number;
  /** Of one image's latents: (tokens, width), or (channels, height, width) of a grid. */
  readonly latentShape: readonly number[];
  /** Mean and standard deviation of all numbers of all latents over the data, where they are known. */
  readonly latentStatistics?: { readonly mean: number; readonly std: number } | undefined;
  /**
   * Images (batch, 3, imageSize, imageSize) in [-1, 1] to latents (batch, …latentShape).
   *
   * @throws ShapeError for another size or number of channels, DTypeError for another element type.
   */
  encode(images: Tensor): Tensor;
  /**
   * Latents as `encode` gives them to images, nominally in [-1, 1].
   *
   * @throws ShapeError for latents of another shape, DTypeError for another element type.
   */
  decode(latents: Tensor): Tensor;
  /** Through the latents and back. */
  reconstruct(images: Tensor): Tensor;
  /** `(encode(images) - mean) / std`. @throws ArgumentError without latent statistics. */
  encodeNormalized(images: Tensor): Tensor;
  /** As `decode`, from latents as `encodeNormalized` gives them. @throws ArgumentError without latent statistics. */
  decodeNormalized(latents: Tensor): Tensor;
  /** What training changes, by name. */
  parameters(): Readonly<Record<string, Tensor>>;
  /** Everything that is saved, by name. */
  stateDict(): Readonly<Record<string, Tensor>>;
  /** A copy that holds other tensors under names of the state dictionary; this one stays as it is. */
  with(tensors: Readonly<Record<string, Tensor>>): this;
}
