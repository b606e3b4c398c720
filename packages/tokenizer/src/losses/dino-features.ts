import { ArgumentError, concat, type Tensor } from '@softvq/core';
import { Module, normal, PatchEmbed, parameter, TransformerBlock, truncatedNormal } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { imagenetNormalized } from './imagenet.js';

export interface DinoFeaturesOptions {
  /** Default 384, as all defaults that of ViT-S/16. */
  readonly width?: number;
  /** Default 12. */
  readonly depth?: number;
  /** Default 6. */
  readonly heads?: number;
  /** The blocks, counted from 0 and rising, after which features are read. Default 2, 5, 8 and 11. */
  readonly readouts?: readonly number[];
  readonly random?: RandomStream;
}

/** Height and width that the network was trained with. */
export const dinoImageSize = 224;
const patchSize = 16;
const tokens = (dinoImageSize / patchSize) ** 2;

/**
 * The self-supervised vision transformer DINO (Caron et al., 2021), ViT-S/16, read at several depths. Its weights are
 * those of `dino_deitsmall16_pretrain.pth`, loaded by `loadStateDict`. The last norm is not read.
 */
export class DinoFeatures extends Module {
  /** (1, 1, width). */
  readonly cls_token: Tensor;
  /** (1, 197, width): the class token's position first. */
  readonly pos_embed: Tensor;
  readonly patch_embed: PatchEmbed;
  readonly blocks: readonly TransformerBlock[];
  /** Of the tokens. */
  readonly width: number;
  readonly readouts: readonly number[];

  /** @throws ArgumentError unless the readouts are blocks in rising order. */
  constructor({
    width = 384,
    depth = 12,
    heads = 6,
    readouts = [2, 5, 8, 11],
    random = new RandomStream({ seed: 0, name: 'dino' }),
  }: DinoFeaturesOptions = {}) {
    super();
    const rising = readouts.every((block, i) => Number.isInteger(block) && block > (readouts[i - 1] ?? -1));
    if (!rising || (readouts.at(-1) ?? -1) >= depth) {
      throw new ArgumentError(
        `DinoFeatures: readouts are blocks from 0 to ${depth - 1} in rising order, not ${readouts.join(', ')}`,
      );
    }
    const initial = truncatedNormal({ standardDeviation: 0.02 });
    this.width = width;
    this.readouts = readouts;
    this.cls_token = parameter([1, 1, width], normal({ standardDeviation: 0.02 }), random, 'cls_token');
    this.pos_embed = parameter([1, 1 + tokens, width], initial, random, 'pos_embed');
    this.patch_embed = new PatchEmbed({ patchSize, width, random: random.child('patch_embed') });
    this.blocks = Array.from(
      { length: depth },
      (_, i) =>
        new TransformerBlock(width, {
          heads,
          approximate: 'tanh',
          initializers: { weight: initial },
          random: random.child('blocks', i),
        }),
    );
  }

  override get unusedNames(): readonly string[] {
    return ['norm.weight', 'norm.bias', 'x_scale', 'x_shift'];
  }

  /** How many features `forward` gives. */
  get count(): number {
    return this.readouts.length + 1;
  }

  /**
   * Images (batch, 3, 224, 224) in [-1, 1] to features (batch, width, 196): those of the patches plus that of the
   * class token, after the position embedding and then after each block that is read.
   */
  forward(images: Tensor): Tensor[] {
    const patches = this.patch_embed.forward(imagenetNormalized(images));
    const [batch] = images.shape;
    const prefix = this.cls_token.broadcastTo([batch!, 1, this.width]);
    let x = concat([prefix, patches], 1).add(this.pos_embed);
    const features = [readout(x)];
    for (const [i, block] of this.blocks.entries()) {
      x = block.forward(x);
      if (this.readouts.includes(i)) features.push(readout(x));
    }
    return features;
  }
}

function readout(x: Tensor): Tensor {
  const ofClass = x.slice([null, { stop: 1 }]);
  return x
    .slice([null, { start: 1 }])
    .add(ofClass)
    .transpose([0, 2, 1]);
}
