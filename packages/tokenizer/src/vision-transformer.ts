import { concat, type Tensor } from '@softvq/core';
import {
  constant,
  type Initializer,
  LayerNorm,
  Module,
  normal,
  PatchEmbed,
  parameter,
  type TracedRandom,
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
  /** Whether a class token comes before the patches. Default true. */
  readonly classToken?: boolean | undefined;
  /** Whether learned positions are added to class token and patches. Default true. */
  readonly absolutePositions?: boolean | undefined;
  /** Probability that a branch of a sample is dropped in the last block; from 0 in the first. Default 0. */
  readonly dropPath?: number | undefined;
  readonly random: RandomStream;
}

/** What blocks take besides the tokens. */
export interface TrunkCall {
  /** Rotation of queries and keys in each layer; without it they stay as they are. */
  readonly rotation?: ((layer: number) => Rotation) | undefined;
  /** Latents (batch, latentTokens, latentWidth) as the encoder made them, for norms that they modulate. */
  readonly latents?: Tensor | undefined;
  /** For drop path; without it, as in evaluation, nothing is dropped. */
  readonly random?: TracedRandom | undefined;
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

/** How the matrices in the blocks start. */
export function blockInitializers({ weights }: InitializationOptions = {}) {
  return { weight: weights ?? truncatedNormal({ standardDeviation: 0.02 }), bias: constant(0) };
}

/** Drop rates of the blocks, rising in equal steps from 0 to that of the last. */
export function dropRates(last: number, depth: number): number[] {
  return Array.from({ length: depth }, (_, layer) => (depth > 1 ? (last * layer) / (depth - 1) : last));
}

/** What all trunks have in common: class token and positions. Blocks and the last norm are the subclass's. */
export abstract class Trunk extends Module {
  /** (1, 1, width). */
  readonly cls_token: Tensor | undefined;
  /** (1, patches, width), with the class token's position first where there is one. */
  readonly pos_embed: Tensor | undefined;

  constructor({
    width,
    imageSize,
    patchSize,
    initialization = {},
    classToken = true,
    absolutePositions = true,
    random,
  }: VisionTransformerOptions) {
    super();
    const positions = (imageSize / patchSize) ** 2 + Number(classToken);
    this.cls_token = classToken
      ? parameter([1, 1, width], normal({ standardDeviation: 1e-6 }), random, 'cls_token')
      : undefined;
    this.pos_embed = absolutePositions
      ? parameter([1, positions, width], tokenInitializer(initialization), random, 'pos_embed')
      : undefined;
  }

  /** Some checkpoints keep tokens and positions that their model has no use for. */
  override get unusedNames(): readonly string[] {
    return [
      ...(this.cls_token === undefined ? ['cls_token'] : []),
      ...(this.pos_embed === undefined ? ['pos_embed'] : []),
    ];
  }

  /** How many tokens come before the patches. */
  get prefixTokens(): number {
    return this.cls_token === undefined ? 0 : 1;
  }

  /** Patches (batch, patches, width) behind the class token, with positions: (batch, prefixTokens + patches, width). */
  placed(patches: Tensor): Tensor {
    const [batch, , width] = patches.shape;
    const tokens =
      this.cls_token === undefined
        ? patches
        : concat([this.cls_token.broadcastTo([batch!, 1, width!]), patches], 1);
    return this.pos_embed === undefined ? tokens : tokens.add(this.pos_embed);
  }

  /** (batch, tokens, width) through all blocks and the last norm. */
  abstract forward(tokens: Tensor, call?: TrunkCall): Tensor;
}

/** A trunk of DINOv2's form: pre-norm blocks with layer scale. */
export class VisionTransformer extends Trunk {
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm;

  constructor(options: VisionTransformerOptions) {
    super(options);
    const { width, depth, heads, initialization = {}, dropPath = 0, random } = options;
    const { layerScale = 1e-5 } = initialization;
    this.blocks = dropRates(dropPath, depth).map(
      (rate, i) =>
        new TransformerBlock(width, {
          heads,
          layerScale,
          dropPath: rate,
          initializers: blockInitializers(initialization),
          random: random.child('blocks', i),
        }),
    );
    this.norm = new LayerNorm(width, { epsilon: 1e-6 });
  }

  forward(tokens: Tensor, { rotation, random }: TrunkCall = {}): Tensor {
    return this.norm.forward(
      this.blocks.reduce(
        (x, block, layer) => block.forward(x, { rotate: rotation?.(layer), random: random?.child(layer) }),
        tokens,
      ),
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
