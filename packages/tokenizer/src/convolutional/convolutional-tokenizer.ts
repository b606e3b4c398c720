import {
  ArgumentError,
  type Dimension,
  DTypeError,
  formatShape,
  ShapeError,
  type Tensor,
} from '@softvq/core';
import { Conv2d, Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { ConvolutionalDecoder } from './decoder.js';
import { ConvolutionalEncoder } from './encoder.js';
import { type ConvolutionalTrunkOptions, trunkPlan } from './trunk-options.js';

/** What every convolutional tokenizer is made of, whatever is between encoder and decoder. */
export interface ConvolutionalTokenizerOptions extends ConvolutionalTrunkOptions {
  /** Channels of the latents. */
  readonly latentChannels: number;
  /** Of the initial values. Default 0. */
  readonly seed?: number;
}

/** What images become; tokenizers add what their losses need. */
export interface GridEncoding {
  /** (batch, latentChannels, rows, columns). */
  readonly latents: Tensor;
}

/**
 * Images to a grid of latents and back: the usual tokenizers of latent diffusion, to which one-dimensional ones are
 * compared. Parameters have the names of the official checkpoints.
 *
 * Images may have any height and width that are multiples of `factor`; only the batch may be known at run time.
 */
export abstract class ConvolutionalTokenizer<
  E extends GridEncoding = GridEncoding,
  Options extends ConvolutionalTokenizerOptions = ConvolutionalTokenizerOptions,
> extends Module {
  /** What it was made from. */
  readonly options: Options;
  readonly encoder: ConvolutionalEncoder;
  readonly quant_conv: Conv2d;
  readonly post_quant_conv: Conv2d;
  readonly decoder: ConvolutionalDecoder;
  readonly latentChannels: number;
  /** How many times fewer rows and columns the latents have than the images. */
  readonly factor: number;

  /**
   * @param momentsPerLatent channels that leave `quant_conv` for each channel of the latents.
   * @throws ArgumentError for counts that are no whole numbers from 1, or channels that are no multiples of 32.
   */
  protected constructor(options: Options, random: RandomStream, momentsPerLatent: number) {
    super();
    const { latentChannels } = options;
    if (!Number.isInteger(latentChannels) || latentChannels < 1) {
      throw new ArgumentError(`latentChannels must be a whole number from 1, not ${latentChannels}`);
    }
    const plan = trunkPlan(options);
    const { encodedChannels, widths } = plan;
    this.encoder = new ConvolutionalEncoder(plan, random.child('encoder'));
    this.quant_conv = new Conv2d(encodedChannels, momentsPerLatent * latentChannels, {
      kernel: 1,
      random: random.child('quant_conv'),
    });
    this.post_quant_conv = new Conv2d(latentChannels, encodedChannels, {
      kernel: 1,
      random: random.child('post_quant_conv'),
    });
    this.decoder = new ConvolutionalDecoder(plan, random.child('decoder'));
    this.options = options;
    this.latentChannels = latentChannels;
    this.factor = 2 ** (widths.length - 1);
  }

  /**
   * Images (batch, 3, height, width) in [-1, 1] to latents (batch, latentChannels, height / factor, width / factor)
   * and what the losses need.
   *
   * @throws ShapeError for sides that are not static multiples of `factor` or another number of channels,
   * DTypeError for another element type.
   */
  abstract quantized(images: Tensor): E;

  /** The latents of `quantized`: (batch, latentChannels, height / factor, width / factor). Errors as there. */
  encode(images: Tensor): Tensor {
    return this.quantized(images).latents;
  }

  /**
   * Latents (batch, latentChannels, rows, columns) as `encode` gives them to images
   * (batch, 3, factor · rows, factor · columns), nominally in [-1, 1] and not clamped.
   *
   * @throws ShapeError for rows or columns that are not static or another number of channels, DTypeError for another
   * element type.
   */
  decode(latents: Tensor): Tensor {
    this.assertGrid('latents', latents, this.latentChannels, 1);
    return this.decoder.forward(this.post_quant_conv.forward(latents));
  }

  /** Through the latents and back. Errors as for `quantized`. */
  reconstruct(images: Tensor): Tensor {
    return this.decode(this.encode(images));
  }

  /** Checked images through the encoder and `quant_conv`: (batch, channels, height / factor, width / factor). */
  protected encodedGrid(images: Tensor): Tensor {
    this.assertGrid('images', images, 3, this.factor);
    return this.quant_conv.forward(this.encoder.forward(images));
  }

  private assertGrid(what: string, { shape, dtype }: Tensor, channels: number, divisor: number): void {
    const fits = (side: Dimension): boolean => typeof side === 'number' && side > 0 && side % divisor === 0;
    if (shape.length !== 4 || shape[1] !== channels || !shape.slice(2).every(fits)) {
      throw new ShapeError(
        `${this.constructor.name} takes ${what} (batch, ${channels}, height, width) with static sides that are multiples of ${divisor}, not ${formatShape(shape)}`,
      );
    }
    const wanted = this.quant_conv.weight.dtype;
    if (dtype !== wanted) {
      throw new DTypeError(
        `${this.constructor.name} takes ${what} of its own type, ${wanted}, not ${dtype}; convert them with cast()`,
      );
    }
  }
}
