import type { Tensor } from '@softvq/core';
import { Linear } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { type DecoderTrunkOptions, PatchDecoder, type PatchDecoderOptions } from '../patch-decoder.js';
import { hogWidth } from './hog-features.js';

/**
 * Features of the image that small decoders predict in training, so that the latents know more than pixels:
 * histograms of oriented gradients, DINOv2-L, and SigLIP-SO400M.
 */
export const auxiliaryNames = ['hog', 'dino', 'clip'] as const;
export type AuxiliaryName = (typeof auxiliaryNames)[number];

export interface AuxiliaryDecoderOptions {
  /** Which features. */
  readonly features: readonly AuxiliaryName[];
  /** The shape of each decoder. Default `auxiliaryTrunk`. */
  readonly trunk?: DecoderTrunkOptions | undefined;
  /** Whether each has a class token. Default true. */
  readonly classToken?: boolean | undefined;
}

/** The shape of the published auxiliary decoders. */
export const auxiliaryTrunk: DecoderTrunkOptions = { width: 192, depth: 3, heads: 3, modulated: true };

/** What a decoder of features consists of. */
export interface AuxiliaryDecoder {
  readonly widen: Linear;
  readonly decoder: PatchDecoder;
  readonly head: Linear;
}

/** Numbers that a teacher has for each patch. */
function featureWidth(name: AuxiliaryName, patchSize: number): number {
  return { hog: () => hogWidth(patchSize), dino: () => 1024, clip: () => 1152 }[name]();
}

export function auxiliaryDecoder(
  name: AuxiliaryName,
  { trunk = auxiliaryTrunk, classToken }: AuxiliaryDecoderOptions,
  options: Omit<PatchDecoderOptions, keyof DecoderTrunkOptions | 'classToken' | 'random'>,
  random: RandomStream,
): AuxiliaryDecoder {
  return {
    widen: new Linear(options.latentWidth, trunk.width, { random: random.child(`post_quant_conv_${name}`) }),
    decoder: new PatchDecoder({
      ...options,
      ...trunk,
      classToken,
      random: random.child(`decoder_${name}`),
    }),
    head: new Linear(trunk.width, featureWidth(name, options.patchSize), {
      random: random.child(`to_pixel_${name}`),
    }),
  };
}

/** Latents (batch, latentTokens, latentWidth) to features (batch, patches, width of the teacher). */
export function decodedFeatures({ widen, decoder, head }: AuxiliaryDecoder, latents: Tensor): Tensor {
  return head.forward(decoder.patches(widen.forward(latents), latents));
}
