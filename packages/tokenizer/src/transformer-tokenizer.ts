import { ArgumentError, type Tensor } from '@softvq/core';
import { Linear, type TracedRandom } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { type Encoding, ImageTokenizer, type ImageTokenizerOptions } from './image-tokenizer.js';
import type { DecoderTrunkOptions } from './patch-decoder.js';
import type { PixelHeadName } from './pixel-head/pixel-head.js';
import type { RotaryOptions } from './rotary-position.js';
import type { InitializationOptions, TrunkOptions } from './vision-transformer.js';

/** What every tokenizer with vision transformers is made of, whatever is between encoder and decoder. */
export interface TransformerTokenizerOptions extends ImageTokenizerOptions {
  /** Must divide `imageSize`. */
  readonly patchSize: number;
  /** How many latent tokens an image becomes. */
  readonly latentTokens: number;
  /** Width of a latent token. */
  readonly latentWidth: number;
  readonly encoder: TrunkOptions;
  readonly decoder: DecoderTrunkOptions;
  readonly initialization?: InitializationOptions;
  /** Rotary positions of the patches, in the decoder in place of absolute ones. Default none. */
  readonly rotary?: RotaryOptions | undefined;
  /** Whether the decoder has a class token. Default true. */
  readonly decoderClassToken?: boolean | undefined;
  /** Probability that a branch of a sample is dropped in the decoder's last block, in training. Default 0. */
  readonly decoderDropPath?: number | undefined;
  /** How the decoder's tokens become pixels. Default `linear`. */
  readonly pixelHead?: PixelHeadName | undefined;
}

/** What the subclass adds to what it was given. */
export interface TransformerTokenizerParts {
  readonly random: RandomStream;
  /** Width of the encoder's tokens when they leave `quant_conv`. */
  readonly encodedWidth: number;
  /** Whether the encoder has a token for masked patches. Default false. */
  readonly maskToken?: boolean;
}

/**
 * Images to a few one-dimensional tokens and back: a vision transformer each way, and between them whatever the
 * subclass makes of the encoder's tokens. Parameters have the names of the official checkpoints.
 */
export abstract class TransformerTokenizer<
  E extends Encoding = Encoding,
  Options extends TransformerTokenizerOptions = TransformerTokenizerOptions,
> extends ImageTokenizer<E, Options> {
  readonly encoder: Encoder;
  readonly quant_conv: Linear;
  readonly post_quant_conv: Linear;
  readonly decoder: Decoder;

  /** @throws ArgumentError for patches that do not fill the image, and sizes that the pixel head cannot serve. */
  protected constructor(options: Options, { random, encodedWidth, maskToken }: TransformerTokenizerParts) {
    const { imageSize, patchSize, latentTokens, latentWidth, initialization, rotary } = options;
    super(options, [latentTokens, latentWidth]);
    if (imageSize % patchSize !== 0) {
      throw new ArgumentError(
        `an image size of ${imageSize} is not a multiple of the patch size ${patchSize}`,
      );
    }
    const shared = { imageSize, patchSize, latentTokens, initialization, rotary };
    this.encoder = new Encoder({
      ...shared,
      ...options.encoder,
      maskToken,
      random: random.child('encoder'),
    });
    this.quant_conv = new Linear(options.encoder.width, encodedWidth, { random: random.child('quant_conv') });
    this.post_quant_conv = new Linear(latentWidth, options.decoder.width, {
      random: random.child('post_quant_conv'),
    });
    this.decoder = new Decoder({
      ...shared,
      ...options.decoder,
      latentWidth,
      classToken: options.decoderClassToken,
      dropPath: options.decoderDropPath,
      pixelHead: options.pixelHead,
      random: random.child('decoder'),
    });
  }

  /** Parts of training checkpoints that serve losses only: frozen alignment models and the projection to them. */
  override get unusedNames(): readonly string[] {
    return ['repa_model', 'clip_model', 'projection'];
  }

  get lastLayer(): string {
    return `decoder.to_pixel.${this.decoder.to_pixel.lastLayer}`;
  }

  /** @param random for drop path in training; without it nothing is dropped. */
  decode(latents: Tensor, random?: TracedRandom): Tensor {
    this.assertLatents(latents);
    return this.decoder.forward(this.post_quant_conv.forward(latents), latents, random);
  }

  /** Checked images through the encoder and `quant_conv`: (batch, latentTokens, encodedWidth). */
  protected encodedTokens(images: Tensor, mask?: Tensor): Tensor {
    this.assertImages(images);
    return this.quant_conv.forward(this.encoder.forward(images, mask));
  }
}
