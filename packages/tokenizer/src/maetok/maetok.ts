import type { Dimension, Tensor } from '@softvq/core';
import type { Linear, TracedRandom } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import type { Encoding } from '../image-tokenizer.js';
import type { PatchDecoder } from '../patch-decoder.js';
import { TransformerTokenizer, type TransformerTokenizerOptions } from '../transformer-tokenizer.js';
import {
  type AuxiliaryDecoder,
  type AuxiliaryDecoderOptions,
  type AuxiliaryName,
  auxiliaryDecoder,
  auxiliaryNames,
  decodedFeatures,
} from './auxiliary-decoders.js';
import { assertMasking, drawTokenMask, type MaskingOptions } from './token-mask.js';

export interface MAETokOptions extends TransformerTokenizerOptions {
  /** Masking of patches in training; without it there is none, nor a mask token. */
  readonly masking?: MaskingOptions | undefined;
  /** Decoders of features for training. Default none, as in the released files. */
  readonly auxiliary?: AuxiliaryDecoderOptions | undefined;
}

export interface MaskedEncoding extends Encoding {
  /** Bool (batch, patches), true for the patches that the encoder did not see. None outside training. */
  readonly mask: Tensor | undefined;
}

/**
 * MAETok (Chen et al., "Masked Autoencoders Are Effective Tokenizers for Diffusion Models", ICML 2025): a plain
 * autoencoder whose encoder has patches hidden from it in training, which structures its latents. Parameters have the
 * names of the official checkpoints.
 */
export class MAETok extends TransformerTokenizer<MaskedEncoding, MAETokOptions> {
  readonly name = 'MAETok';
  readonly decoder_hog: PatchDecoder | undefined;
  readonly post_quant_conv_hog: Linear | undefined;
  readonly to_pixel_hog: Linear | undefined;
  readonly decoder_dino: PatchDecoder | undefined;
  readonly post_quant_conv_dino: Linear | undefined;
  readonly to_pixel_dino: Linear | undefined;
  readonly decoder_clip: PatchDecoder | undefined;
  readonly post_quant_conv_clip: Linear | undefined;
  readonly to_pixel_clip: Linear | undefined;

  /** @throws ArgumentError for shares of masked patches that cannot be, and as every tokenizer of its kind. */
  constructor(options: MAETokOptions) {
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'maetok' });
    const { masking, latentWidth } = options;
    if (masking !== undefined) assertMasking(masking);
    super(options, { random, encodedWidth: latentWidth, maskToken: masking !== undefined });
    const part = (name: AuxiliaryName): AuxiliaryDecoder | undefined =>
      options.auxiliary?.features.includes(name)
        ? auxiliaryDecoder(name, options.auxiliary, options, random)
        : undefined;
    const [hog, dino, clip] = auxiliaryNames.map(part);
    this.decoder_hog = hog?.decoder;
    this.post_quant_conv_hog = hog?.widen;
    this.to_pixel_hog = hog?.head;
    this.decoder_dino = dino?.decoder;
    this.post_quant_conv_dino = dino?.widen;
    this.to_pixel_dino = dino?.head;
    this.decoder_clip = clip?.decoder;
    this.post_quant_conv_clip = clip?.widen;
    this.to_pixel_clip = clip?.head;
  }

  /** Parts of training checkpoints that serve losses only: frozen teachers, and decoders that this one is without. */
  override get unusedNames(): readonly string[] {
    const absent = auxiliaryNames.filter((name) => this.auxiliary(name) === undefined);
    return [
      ...super.unusedNames,
      'hog_generator',
      ...absent.flatMap((name) => [`decoder_${name}`, `post_quant_conv_${name}`, `to_pixel_${name}`]),
    ];
  }

  /** @param random for the masking of patches in training; without it the encoder sees all. */
  quantized(images: Tensor, random?: TracedRandom): MaskedEncoding {
    this.assertImages(images);
    const { masking, imageSize, patchSize } = this.options;
    const mask =
      masking &&
      random &&
      drawTokenMask(
        { batch: images.shape[0] as Dimension, patches: (imageSize / patchSize) ** 2, masking },
        random.child('mask'),
      );
    return { latents: this.encodedTokens(images, mask), mask };
  }

  /**
   * What the auxiliary decoders make of latents (batch, latentTokens, latentWidth): features of each patch
   * (batch, patches, width of the teacher), by the names in the options. `hogFeatures`, DINOv2-L and SigLIP-SO400M
   * say what they should be; `featureError` and `featureMisalignment` measure it.
   *
   * @throws ShapeError or DTypeError as `decode`.
   */
  auxiliaryFeatures(latents: Tensor): Partial<Record<AuxiliaryName, Tensor>> {
    this.assertLatents(latents);
    const features = auxiliaryNames.flatMap((name) => {
      const parts = this.auxiliary(name);
      return parts === undefined ? [] : [[name, decodedFeatures(parts, latents)] as const];
    });
    return Object.fromEntries(features);
  }

  private auxiliary(name: AuxiliaryName): AuxiliaryDecoder | undefined {
    const decoder = this[`decoder_${name}`];
    const widen = this[`post_quant_conv_${name}`];
    const head = this[`to_pixel_${name}`];
    return decoder && widen && head && { decoder, widen, head };
  }
}
