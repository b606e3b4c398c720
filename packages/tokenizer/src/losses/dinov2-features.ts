import { StateDictError, type Tensor } from '@softvq/core';
import { Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { loadDinoV2Weights } from '../dinov2/load-dinov2-weights.js';
import type { Source } from '../dinov2/resized-weights.js';
import { PatchTransformer, type TrunkOptions } from '../vision-transformer.js';
import { imagenetNormalized } from './imagenet.js';

export interface DinoV2FeaturesOptions extends TrunkOptions {
  /** Height and width of the images; a multiple of `patchSize`. */
  readonly imageSize: number;
  /** Default 16. */
  readonly patchSize?: number;
  readonly random?: RandomStream;
}

/** Where the weights of DINOv2's ViT-L/14 are, which SoftVQ's latents were aligned with. */
export const dinoV2Address = 'https://dl.fbaipublicfiles.com/dinov2/dinov2_vitl14/dinov2_vitl14_pretrain.pth';

/**
 * The self-supervised vision transformer DINOv2 (Oquab et al., 2023) as a target of alignment: what it makes of the
 * patches. Its numbers mean something with trained weights only: `dinoV2FromWeights`. None of them is trained here: all
 * are in `buffers()`.
 */
export class DinoV2Features extends Module {
  readonly model: PatchTransformer;
  /** Of the features. */
  readonly width: number;

  constructor({
    patchSize = 16,
    random = new RandomStream({ seed: 0, name: 'dinov2' }),
    ...trunk
  }: DinoV2FeaturesOptions) {
    super();
    this.model = new PatchTransformer({ ...trunk, patchSize, random });
    this.width = trunk.width;
    this.mark('frozen', 'model');
  }

  /**
   * Images (batch, 3, imageSize, imageSize) in [-1, 1] to the features of their patches (batch, patches, width), row by
   * row, after the last norm.
   */
  forward(images: Tensor): Tensor {
    const { model } = this;
    const patches = model.patch_embed.forward(imagenetNormalized(images));
    return model.forward(model.placed(patches)).slice([null, { start: model.prefixTokens }]);
  }
}

/** Width of an attention head in all published sizes. */
const headWidth = 64;

/**
 * DINOv2 with trained weights, of the size that these are for: ViT-S, B or L without registers. Patch kernel and
 * positions are resized to the patches and images. `loadDinoV2Features` of `@softvq/tokenizer/node` opens their file.
 *
 * @param weights by the names of the official files, which are also timm's.
 * @throws StateDictError, saying where to get the weights, when some are missing, unknown or of another shape.
 */
export function dinoV2FromWeights(
  weights: ReadonlyMap<string, Source>,
  options: Pick<DinoV2FeaturesOptions, 'imageSize' | 'patchSize'>,
): DinoV2Features {
  const width = weights.get('cls_token')?.shape.at(-1);
  const blocks = [...weights.keys()].flatMap((name) => /^blocks\.(\d+)\./.exec(name)?.[1] ?? []);
  if (typeof width !== 'number' || width % headWidth !== 0 || blocks.length === 0) {
    throw new StateDictError(
      `alignment needs the weights of DINOv2 (${dinoV2Address}), and there is no class token with blocks among these`,
    );
  }
  const depth = 1 + Math.max(...blocks.map(Number));
  const features = new DinoV2Features({ ...options, width, depth, heads: width / headWidth });
  loadDinoV2Weights({ encoder: features }, weights);
  return features;
}
