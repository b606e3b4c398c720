import { concat, type Tensor } from '@softvq/core';
import { Linear, Module, normal, parameter, truncatedNormal } from '@softvq/core/nn';
import { VisionTransformer, type VisionTransformerOptions } from './vision-transformer.js';

export interface DecoderOptions extends VisionTransformerOptions {
  readonly latentTokens: number;
}

/** Paints an image from mask tokens that attend to the latent tokens (reference 1.6). */
export class Decoder extends Module {
  /** (1, 1, width). */
  readonly mask_token: Tensor;
  /** (1, latentTokens, width). */
  readonly latent_pos_embed: Tensor;
  readonly model: VisionTransformer;
  readonly to_pixel: { readonly model: Linear };
  private readonly patchSize: number;
  private readonly side: number;

  constructor(options: DecoderOptions) {
    super();
    const { latentTokens, width, imageSize, patchSize, random } = options;
    this.mask_token = parameter([1, 1, width], normal({ standardDeviation: 0.02 }), random, 'mask_token');
    this.latent_pos_embed = parameter(
      [1, latentTokens, width],
      truncatedNormal({ standardDeviation: 0.02 }),
      random,
      'latent_pos_embed',
    );
    this.model = new VisionTransformer({ ...options, random: random.child('model') });
    this.to_pixel = { model: new Linear(width, 3 * patchSize ** 2, { random: random.child('to_pixel') }) };
    this.patchSize = patchSize;
    this.side = imageSize / patchSize;
  }

  /** Some checkpoints keep the trunk's patch embedding, which a decoder has no use for. */
  override get unusedNames(): readonly string[] {
    return ['model.patch_embed.proj.weight', 'model.patch_embed.proj.bias'];
  }

  /** Latent tokens (batch, latentTokens, width) to images (batch, 3, height, width), nominally in [-1, 1]. */
  forward(latents: Tensor): Tensor {
    const [batch, , width] = latents.shape;
    const patches = this.side ** 2;
    const masks = this.mask_token.broadcastTo([1, patches, width!]);
    const canvas = concat([this.model.cls_token, masks], 1)
      .add(this.model.pos_embed)
      .broadcastTo([batch!, 1 + patches, width!]);
    const tokens = this.model.forward(concat([canvas, latents.add(this.latent_pos_embed)], 1));
    return this.unpatchify(
      this.to_pixel.model.forward(tokens.slice([null, { start: 1, stop: 1 + patches }])),
    );
  }

  /** (batch, patches, 3 · patchSize²), each patch as rows of pixels of three channels, to an image. */
  private unpatchify(patches: Tensor): Tensor {
    const { side, patchSize: p } = this;
    return patches
      .reshape([patches.shape[0]!, side, side, p, p, 3])
      .transpose([0, 5, 1, 3, 2, 4])
      .reshape([patches.shape[0]!, 3, side * p, side * p]);
  }
}
