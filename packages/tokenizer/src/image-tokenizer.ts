import {
  ArgumentError,
  type Dimension,
  DTypeError,
  formatShape,
  ShapeError,
  type Tensor,
} from '@softvq/core';
import { Linear, Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { assertLatentStatistics, type LatentStatistics } from './latent-statistics.js';
import type { RotaryOptions } from './rotary-position.js';
import type { InitializationOptions, TrunkOptions } from './vision-transformer.js';

/** What every tokenizer is made of, whatever is between encoder and decoder. */
export interface ImageTokenizerOptions {
  /** Height and width of the images; a multiple of `patchSize`. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** How many latent tokens an image becomes. */
  readonly latentTokens: number;
  /** Width of a latent token. */
  readonly latentWidth: number;
  readonly encoder: TrunkOptions;
  readonly decoder: TrunkOptions;
  readonly initialization?: InitializationOptions;
  /** Rotary positions of the patches, in the decoder in place of absolute ones. Default none. */
  readonly rotary?: RotaryOptions | undefined;
  /** Of the latents over the data; what `encodeNormalized` and `decodeNormalized` need. */
  readonly latentStatistics?: LatentStatistics | undefined;
  /** Of the initial values. Default 0. */
  readonly seed?: number;
}

/** What images become; tokenizers add what their losses need. */
export interface Encoding {
  /** (batch, latentTokens, latentWidth). */
  readonly latents: Tensor;
}

/**
 * Images to a few one-dimensional tokens and back: a vision transformer each way, and between them whatever the
 * subclass makes of the encoder's tokens. Parameters have the names of the official checkpoints.
 */
export abstract class ImageTokenizer<
  E extends Encoding = Encoding,
  Options extends ImageTokenizerOptions = ImageTokenizerOptions,
> extends Module {
  /** Of the `Tokenizer` contract. */
  readonly specVersion = 1 as const;
  /** What it was made from. */
  readonly options: Options;
  readonly encoder: Encoder;
  readonly quant_conv: Linear;
  readonly post_quant_conv: Linear;
  readonly decoder: Decoder;
  readonly imageSize: number;
  readonly latentTokens: number;
  readonly latentWidth: number;
  readonly latentStatistics: LatentStatistics | undefined;

  /** @param encodedWidth of the encoder's tokens when they leave `quant_conv`. */
  protected constructor(options: Options, random: RandomStream, encodedWidth: number) {
    super();
    const { imageSize, patchSize, latentTokens, latentWidth, initialization, rotary } = options;
    if (imageSize % patchSize !== 0) {
      throw new ArgumentError(
        `an image size of ${imageSize} is not a multiple of the patch size ${patchSize}`,
      );
    }
    if (options.latentStatistics !== undefined) assertLatentStatistics(options.latentStatistics);
    const shared = { imageSize, patchSize, latentTokens, initialization, rotary };
    this.encoder = new Encoder({ ...shared, ...options.encoder, random: random.child('encoder') });
    this.quant_conv = new Linear(options.encoder.width, encodedWidth, { random: random.child('quant_conv') });
    this.post_quant_conv = new Linear(latentWidth, options.decoder.width, {
      random: random.child('post_quant_conv'),
    });
    this.decoder = new Decoder({ ...shared, ...options.decoder, random: random.child('decoder') });
    this.options = options;
    this.imageSize = imageSize;
    this.latentTokens = latentTokens;
    this.latentWidth = latentWidth;
    this.latentStatistics = options.latentStatistics;
  }

  /** Parts of training checkpoints that serve losses only: frozen alignment models and the projection to them. */
  override get unusedNames(): readonly string[] {
    return ['repa_model', 'clip_model', 'projection'];
  }

  /**
   * Images (batch, 3, imageSize, imageSize) in [-1, 1] to latents and what the losses need.
   *
   * @throws ShapeError for another size or number of channels, DTypeError for another element type.
   */
  abstract quantized(images: Tensor): E;

  /** Images (batch, 3, imageSize, imageSize) in [-1, 1] to latents (batch, latentTokens, latentWidth) as they are. */
  encode(images: Tensor): Tensor {
    return this.quantized(images).latents;
  }

  /** As `encode`, with mean 0 and deviation 1 over the data: what generators learn. */
  encodeNormalized(images: Tensor): Tensor {
    return this.normalizeLatents(this.encode(images));
  }

  /**
   * Latents (batch, latentTokens, latentWidth) as `encode` gives them to images (batch, 3, imageSize, imageSize),
   * nominally in [-1, 1] and not clamped.
   */
  decode(latents: Tensor): Tensor {
    this.assertLatents(latents);
    return this.decoder.forward(this.post_quant_conv.forward(latents));
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

  /** Checked images through the encoder and `quant_conv`: (batch, latentTokens, encodedWidth). */
  protected encodedTokens(images: Tensor): Tensor {
    const { imageSize } = this;
    const [, channels, height, width] = images.shape;
    if (images.rank !== 4 || channels !== 3 || height !== imageSize || width !== imageSize) {
      throw new ShapeError(
        `${this.constructor.name} takes images (batch, 3, ${imageSize}, ${imageSize}), not ${formatShape(images.shape)}`,
      );
    }
    this.assertType('images', images);
    return this.quant_conv.forward(this.encoder.forward(images));
  }

  private assertLatents(latents: Tensor): void {
    const { latentTokens, latentWidth } = this;
    const [, tokens, width] = latents.shape as readonly Dimension[];
    if (latents.rank !== 3 || tokens !== latentTokens || width !== latentWidth) {
      throw new ShapeError(
        `${this.constructor.name} decodes latents (batch, ${latentTokens}, ${latentWidth}), not ${formatShape(latents.shape)}`,
      );
    }
    this.assertType('latents', latents);
  }

  private assertType(what: string, { dtype }: Tensor): void {
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
