import type { Tensor } from '@softvq/core';
import {
  constant,
  type Initializer,
  LayerNorm,
  Module,
  normal,
  PatchEmbed,
  parameter,
  TransformerBlock,
  truncatedNormal,
} from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import type { RotaryOptions, Rotation } from './rotary-position.js';

/** The shape of a transformer trunk. */
export interface TrunkOptions {
  readonly width: number;
  readonly depth: number;
  /** Must divide the width. */
  readonly heads: number;
}

/** First values. The defaults are the paper's, for long runs; short ones learn faster from larger values. */
export interface InitializationOptions {
  /** Of the layer scales. Default 1e-5, as in DINOv2. */
  readonly layerScale?: number;
  /** Of the matrices in the blocks. Default normal with deviation 0.02. */
  readonly weights?: Initializer;
  /** Standard deviation of positions, latent tokens and mask token. Default 0.02. */
  readonly tokenDeviation?: number;
}

export interface VisionTransformerOptions extends TrunkOptions {
  /** Height and width of the images. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly initialization?: InitializationOptions | undefined;
  /** Rotary positions of the patches. Default none. */
  readonly rotary?: RotaryOptions | undefined;
  /** Whether `pos_embed` is used; otherwise it is kept for checkpoints only. Default true. */
  readonly absolutePositions?: boolean;
  readonly random: RandomStream;
}

/** How positions, latent tokens and mask tokens start. */
export function tokenInitializer({ tokenDeviation = 0.02 }: InitializationOptions = {}): Initializer {
  // Bounds far outside, as in the reference: nothing is cut off.
  return truncatedNormal({
    standardDeviation: tokenDeviation,
    low: -100 * tokenDeviation,
    high: 100 * tokenDeviation,
  });
}

/** What encoder and decoder have in common: class token, positions, blocks and the last norm. */
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
    initialization = {},
    absolutePositions = true,
    random,
  }: VisionTransformerOptions) {
    super();
    const { layerScale = 1e-5, weights = truncatedNormal({ standardDeviation: 0.02 }) } = initialization;
    const patches = (imageSize / patchSize) ** 2;
    this.cls_token = parameter([1, 1, width], normal({ standardDeviation: 1e-6 }), random, 'cls_token');
    this.pos_embed = parameter(
      [1, 1 + patches, width],
      tokenInitializer(initialization),
      random,
      'pos_embed',
    );
    this.blocks = Array.from(
      { length: depth },
      (_, i) =>
        new TransformerBlock(width, {
          heads,
          layerScale,
          initializers: { weight: weights, bias: constant(0) },
          random: random.child('blocks', i),
        }),
    );
    this.norm = new LayerNorm(width, { epsilon: 1e-6 });
    if (!absolutePositions) this.mark('frozen', 'pos_embed');
  }

  /**
   * (batch, tokens, width) through all blocks and the last norm.
   *
   * @param rotation of queries and keys in each layer; without it they stay as they are.
   */
  forward(tokens: Tensor, rotation?: (layer: number) => Rotation): Tensor {
    return this.norm.forward(
      this.blocks.reduce((x, block, layer) => block.forward(x, { rotate: rotation?.(layer) }), tokens),
    );
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
