import { ArgumentError, DTypeError, formatShape, ShapeError, type Tensor } from '@softvq/core';
import { Module } from '@softvq/core/nn';
import { assertLatentStatistics, type LatentStatistics } from './latent-statistics.js';

/** What every tokenizer is made of. */
export interface ImageTokenizerOptions {
  /** Height and width of the images. */
  readonly imageSize: number;
  /** Of the latents over the data; what `encodeNormalized` and `decodeNormalized` need. */
  readonly latentStatistics?: LatentStatistics | undefined;
  /** Of the initial values. Default 0. */
  readonly seed?: number;
}

/** What images become; tokenizers add what their losses need. */
export interface Encoding {
  /** (batch, …latentShape). */
  readonly latents: Tensor;
}

/** Images to latents and back, with an encoder, a decoder and whatever the subclass makes of the latents between. */
export abstract class ImageTokenizer<
  E extends Encoding = Encoding,
  Options extends ImageTokenizerOptions = ImageTokenizerOptions,
> extends Module {
  /** Of the `Tokenizer` contract. */
  readonly specVersion = 1 as const;
  /** Of the `Tokenizer` contract: what it is registered by. */
  abstract readonly name: string;
  /** What it was made from. */
  readonly options: Options;
  readonly imageSize: number;
  /** Of one image's latents: (tokens, width), or (channels, height, width) of a grid. */
  readonly latentShape: readonly number[];
  readonly latentStatistics: LatentStatistics | undefined;
  /** The last layer before the latents. */
  abstract readonly quant_conv: { readonly weight: Tensor };
  /** The name, in the state dictionary, of the weight that the pixels come from. */
  abstract readonly lastLayer: string;

  /** @throws ArgumentError for latent statistics that cannot be. */
  protected constructor(options: Options, latentShape: readonly number[]) {
    super();
    if (options.latentStatistics !== undefined) assertLatentStatistics(options.latentStatistics);
    this.options = options;
    this.imageSize = options.imageSize;
    this.latentShape = latentShape;
    this.latentStatistics = options.latentStatistics;
  }

  /**
   * Images (batch, 3, imageSize, imageSize) in [-1, 1] to latents and what the losses need.
   *
   * @throws ShapeError for another size or number of channels, DTypeError for another element type.
   */
  abstract quantized(images: Tensor): E;

  /**
   * Latents (batch, …latentShape) as `encode` gives them to images (batch, 3, imageSize, imageSize), nominally in
   * [-1, 1] and not clamped.
   *
   * @throws ShapeError for latents of another shape, DTypeError for another element type.
   */
  abstract decode(latents: Tensor): Tensor;

  /** Images (batch, 3, imageSize, imageSize) in [-1, 1] to latents (batch, …latentShape) as they are. */
  encode(images: Tensor): Tensor {
    return this.quantized(images).latents;
  }

  /** As `encode`, with mean 0 and deviation 1 over the data: what generators learn. */
  encodeNormalized(images: Tensor): Tensor {
    return this.normalizeLatents(this.encode(images));
  }

  /** As `decode`, from latents as `encodeNormalized` gives them. */
  decodeNormalized(latents: Tensor): Tensor {
    return this.decode(this.denormalizeLatents(latents));
  }

  /** Through the latents and back. */
  reconstruct(images: Tensor): Tensor {
    return this.decode(this.encode(images));
  }

  /** (latents - mean) / std. @throws ArgumentError when the tokenizer has no latent statistics. */
  normalizeLatents(latents: Tensor): Tensor {
    const { mean, std } = this.requireStatistics();
    return latents.sub(mean).div(std);
  }

  /** latents · std + mean. @throws ArgumentError when the tokenizer has no latent statistics. */
  denormalizeLatents(latents: Tensor): Tensor {
    const { mean, std } = this.requireStatistics();
    return latents.mul(std).add(mean);
  }

  /** @throws ShapeError or DTypeError unless these are images that this tokenizer takes. */
  protected assertImages(images: Tensor): void {
    this.assertTakes('images', images, [3, this.imageSize, this.imageSize]);
  }

  /** @throws ShapeError or DTypeError unless these are latents that this tokenizer decodes. */
  protected assertLatents(latents: Tensor): void {
    this.assertTakes('latents', latents, this.latentShape);
  }

  private assertTakes(what: string, { shape, dtype }: Tensor, ofOne: readonly number[]): void {
    if (shape.length !== ofOne.length + 1 || ofOne.some((size, i) => shape[i + 1] !== size)) {
      throw new ShapeError(
        `${this.constructor.name} takes ${what} (batch, ${ofOne.join(', ')}), not ${formatShape(shape)}`,
      );
    }
    const wanted = this.quant_conv.weight.dtype;
    if (dtype === wanted) return;
    throw new DTypeError(
      `${this.constructor.name} takes ${what} of its own type, ${wanted}, not ${dtype}; convert them with cast()`,
    );
  }

  private requireStatistics(): LatentStatistics {
    if (this.latentStatistics !== undefined) return this.latentStatistics;
    throw new ArgumentError(
      `this ${this.constructor.name} has no latent statistics: measure the mean and deviation of encode() over your data and pass them as latentStatistics`,
    );
  }
}
