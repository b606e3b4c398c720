import { ArgumentError, type Tensor } from '@softvq/core';
import { Conv2d } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { type Encoding, ImageTokenizer, type ImageTokenizerOptions } from '../image-tokenizer.js';
import { ConvolutionalDecoder } from './decoder.js';
import { ConvolutionalEncoder } from './encoder.js';
import { type ConvolutionalTrunkOptions, trunkPlan } from './trunk-options.js';

/** What every convolutional tokenizer is made of, whatever is between encoder and decoder. */
export interface ConvolutionalTokenizerOptions extends ImageTokenizerOptions, ConvolutionalTrunkOptions {
  /** Channels of the latents. */
  readonly latentChannels: number;
}

/**
 * Images to a grid of latents and back: the usual tokenizers of latent diffusion, to which one-dimensional ones are
 * compared. Parameters have the names of the official checkpoints. They do not depend on the image size: those of a
 * tokenizer for one size serve another.
 */
export abstract class ConvolutionalTokenizer<
  E extends Encoding = Encoding,
  Options extends ConvolutionalTokenizerOptions = ConvolutionalTokenizerOptions,
> extends ImageTokenizer<E, Options> {
  readonly lastLayer = 'decoder.conv_out.weight';
  readonly encoder: ConvolutionalEncoder;
  readonly quant_conv: Conv2d;
  readonly post_quant_conv: Conv2d;
  readonly decoder: ConvolutionalDecoder;
  /** How many times fewer rows and columns the latents have than the images. */
  readonly factor: number;

  /**
   * @param momentsPerLatent channels that leave `quant_conv` for each channel of the latents.
   * @throws ArgumentError for counts that are no whole numbers from 1, channels that are no multiples of 32, or an
   * image size that is no multiple of `factor`.
   */
  protected constructor(options: Options, random: RandomStream, momentsPerLatent: number) {
    const { imageSize, latentChannels } = options;
    const plan = trunkPlan(options);
    const { encodedChannels, widths } = plan;
    const factor = 2 ** (widths.length - 1);
    const side = imageSize / factor;
    super(options, [latentChannels, side, side]);
    if (!Number.isInteger(latentChannels) || latentChannels < 1) {
      throw new ArgumentError(`latentChannels must be a whole number from 1, not ${latentChannels}`);
    }
    if (!Number.isInteger(side) || side < 1) {
      throw new ArgumentError(
        `${widths.length} levels need images whose size is a multiple of ${factor}, not ${imageSize}`,
      );
    }
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
    this.factor = factor;
  }

  decode(latents: Tensor): Tensor {
    this.assertLatents(latents);
    return this.decoder.forward(this.post_quant_conv.forward(latents));
  }

  /** Checked images through the encoder and `quant_conv`: (batch, channels, imageSize / factor, imageSize / factor). */
  protected encodedGrid(images: Tensor): Tensor {
    this.assertImages(images);
    return this.quant_conv.forward(this.encoder.forward(images));
  }
}
