import type { Tensor } from '@softvq/core';
import {
  constant,
  LayerNorm,
  Module,
  normal,
  PatchEmbed,
  parameter,
  TransformerBlock,
  truncatedNormal,
} from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';

/** The shape of a transformer trunk. */
export interface TrunkOptions {
  readonly width: number;
  readonly depth: number;
  /** Must divide the width. */
  readonly heads: number;
}

export interface VisionTransformerOptions extends TrunkOptions {
  /** Height and width of the images. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** First value of the layer scales. Default 1e-5, as in DINOv2. */
  readonly layerScale?: number;
  readonly random: RandomStream;
}

const weights = { weight: truncatedNormal({ standardDeviation: 0.02 }), bias: constant(0) };

/** What encoder and decoder have in common: class token, positions, blocks and the last norm (reference 1.1). */
export class VisionTransformer extends Module {
  /** (1, 1, width). */
  readonly cls_token: Tensor;
  /** (1, 1 + patches, width): the class token's position first. */
  readonly pos_embed: Tensor;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm;

  constructor({
    width,
    depth,
    heads,
    imageSize,
    patchSize,
    layerScale = 1e-5,
    random,
  }: VisionTransformerOptions) {
    super();
    const patches = (imageSize / patchSize) ** 2;
    this.cls_token = parameter([1, 1, width], normal({ standardDeviation: 1e-6 }), random, 'cls_token');
    this.pos_embed = parameter(
      [1, 1 + patches, width],
      truncatedNormal({ standardDeviation: 0.02 }),
      random,
      'pos_embed',
    );
    this.blocks = Array.from(
      { length: depth },
      (_, i) =>
        new TransformerBlock(width, {
          heads,
          layerScale,
          initializers: weights,
          random: random.child('blocks', i),
        }),
    );
    this.norm = new LayerNorm(width, { epsilon: 1e-6 });
  }

  /** (batch, tokens, width) through all blocks and the last norm. */
  forward(tokens: Tensor): Tensor {
    return this.norm.forward(this.blocks.reduce((x, block) => block.forward(x), tokens));
  }
}

/** A trunk that also cuts images into patches: the encoder's. */
export class PatchTransformer extends VisionTransformer {
  readonly patch_embed: PatchEmbed;

  constructor(options: VisionTransformerOptions) {
    super(options);
    const { patchSize, width, random } = options;
    this.patch_embed = new PatchEmbed({ patchSize, width, random: random.child('patch_embed') });
  }
}
