import { messageOf, StateDictError } from '@softvq/core';
import type { PatchTransformer } from '../vision-transformer.js';
import { resizedPatchKernel, resizedPositions, type Source } from './resized-weights.js';

/** What has an encoder of DINOv2's form: SoftVQ, VQ, KL, AE and MAETok. */
export interface HasVisionEncoder {
  readonly encoder: { readonly model: PatchTransformer };
}

/** Letters of the published sizes, by the width of their tokens. */
const sizes = new Map([
  [384, 's'],
  [768, 'b'],
  [1024, 'l'],
]);

/** Where to get the weights of DINOv2 for an encoder. */
export function dinoV2Sources({ encoder }: HasVisionEncoder): string {
  const width = encoder.model.norm.weight!.shape[0] as number;
  const size = sizes.get(width);
  if (size === undefined) return `there are none for tokens of ${width} numbers, only for 384, 768 and 1024`;
  const names = { s: 'small', b: 'base', l: 'large' } as Record<string, string>;
  return [
    `they are at https://dl.fbaipublicfiles.com/dinov2/dinov2_vit${size}14/dinov2_vit${size}14_pretrain.pth`,
    `and https://huggingface.co/timm/vit_${names[size]}_patch14_dinov2.lvd142m (model.safetensors)`,
  ].join(' ');
}

/**
 * Gives the encoder of a tokenizer the trained weights of DINOv2 (Oquab et al., 2023), as the paper's recipe begins.
 * Patch kernel and positions are resized to the tokenizer's patches and images. Tensors are read when they are first
 * needed.
 *
 *     const { tensors } = await openCheckpoint('dinov2_vitb14_pretrain.pth');
 *     loadDinoV2Weights(tokenizer, tensors);
 *
 * @param weights by the names of the official files, which are also timm's. Networks with registers are others.
 * @throws StateDictError, saying where to get the weights, when some are missing, unknown or of another shape. Then
 * nothing was loaded.
 */
export function loadDinoV2Weights(tokenizer: HasVisionEncoder, weights: ReadonlyMap<string, Source>): void {
  const { model } = tokenizer.encoder;
  const side = Math.sqrt((model.pos_embed!.shape[1] as number) - 1);
  const resized = new Map(weights);
  const kernel = weights.get('patch_embed.proj.weight');
  const positions = weights.get('pos_embed');
  try {
    if (kernel !== undefined) {
      resized.set('patch_embed.proj.weight', resizedPatchKernel(kernel, model.patch_embed.patchSize));
    }
    if (positions !== undefined) resized.set('pos_embed', resizedPositions(positions, side));
    model.loadStateDict(resized, { ignore: ['mask_token'] });
  } catch (error) {
    if (!(error instanceof StateDictError)) throw error;
    throw new StateDictError(
      `these are not the weights of DINOv2 that the encoder needs; ${dinoV2Sources(tokenizer)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
