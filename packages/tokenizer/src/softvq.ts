import { ArgumentError, type Tensor } from '@softvq/core';
import { Linear, Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { type Quantized, SoftQuantizer } from './soft-quantizer.js';
import type { TrunkOptions } from './vision-transformer.js';

export interface SoftVQOptions {
  /** Height and width of the images; a multiple of `patchSize`. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** How many latent tokens an image becomes; a multiple of `codebooks`. */
  readonly latentTokens: number;
  /** Width of a latent token. */
  readonly latentWidth: number;
  readonly codebooks: number;
  readonly codebookSize: number;
  /** Default 0.07. */
  readonly temperature?: number;
  /** Whether codewords and tokens are compared at unit length. Default true. */
  readonly normalized?: boolean;
  readonly encoder: TrunkOptions;
  readonly decoder: TrunkOptions;
  /** First value of the layer scales. Default 1e-5; a network trained from scratch in few steps wants more. */
  readonly layerScale?: number;
  /** Of the initial values. Default 0. */
  readonly seed?: number;
}

/**
 * SoftVQ-VAE (Chen et al., "SoftVQ-VAE: Efficient 1-Dimensional Continuous Tokenizer", CVPR 2025): images to a few
 * continuous one-dimensional tokens and back. Parameters have the names of the official checkpoints.
 */
export class SoftVQ extends Module {
  readonly encoder: Encoder;
  readonly quant_conv: Linear;
  readonly quantize: SoftQuantizer;
  readonly post_quant_conv: Linear;
  readonly decoder: Decoder;
  readonly imageSize: number;

  constructor(options: SoftVQOptions) {
    super();
    const { imageSize, patchSize, latentTokens, latentWidth, codebooks, codebookSize } = options;
    if (imageSize % patchSize !== 0) {
      throw new ArgumentError(
        `an image size of ${imageSize} is not a multiple of the patch size ${patchSize}`,
      );
    }
    if (latentTokens % codebooks !== 0) {
      throw new ArgumentError(`${latentTokens} latent tokens do not divide among ${codebooks} codebooks`);
    }
    const random = new RandomStream({ seed: options.seed ?? 0, name: 'softvq' });
    const { layerScale = 1e-5 } = options;
    const shared = { imageSize, patchSize, latentTokens, layerScale };
    this.imageSize = imageSize;
    this.encoder = new Encoder({ ...shared, ...options.encoder, random: random.child('encoder') });
    this.quant_conv = new Linear(options.encoder.width, latentWidth, { random: random.child('quant_conv') });
    this.quantize = new SoftQuantizer({
      codebooks,
      codebookSize,
      width: latentWidth,
      temperature: options.temperature ?? 0.07,
      normalized: options.normalized ?? true,
      random: random.child('quantize'),
    });
    this.post_quant_conv = new Linear(latentWidth, options.decoder.width, {
      random: random.child('post_quant_conv'),
    });
    this.decoder = new Decoder({ ...shared, ...options.decoder, random: random.child('decoder') });
  }

  /** Images (batch, 3, imageSize, imageSize) in [-1, 1] to latents and the logits they were mixed by. */
  quantized(images: Tensor): Quantized {
    return this.quantize.forward(this.quant_conv.forward(this.encoder.forward(images)));
  }

  /** Images (batch, 3, imageSize, imageSize) in [-1, 1] to latents (batch, latentTokens, latentWidth). */
  encode(images: Tensor): Tensor {
    return this.quantized(images).latents;
  }

  /** Latents (batch, latentTokens, latentWidth) to images (batch, 3, imageSize, imageSize), nominally in [-1, 1]. */
  decode(latents: Tensor): Tensor {
    return this.decoder.forward(this.post_quant_conv.forward(latents));
  }

  /** Through the latents and back. */
  reconstruct(images: Tensor): Tensor {
    return this.decode(this.encode(images));
  }
}
