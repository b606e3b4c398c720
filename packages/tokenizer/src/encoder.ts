import { concat, type Tensor } from '@softvq/core';
import { Module, normal, parameter, truncatedNormal } from '@softvq/core/nn';
import { PatchTransformer, type VisionTransformerOptions } from './vision-transformer.js';

export interface EncoderOptions extends VisionTransformerOptions {
  /** How many latent tokens an image becomes. */
  readonly latentTokens: number;
}

/** Reads an image's patches together with learned latent tokens and keeps the latter (reference 1.4). */
export class Encoder extends Module {
  /** (1, latentTokens, width). */
  readonly latent_tokens: Tensor;
  readonly latent_pos_embed: Tensor;
  readonly model: PatchTransformer;

  constructor(options: EncoderOptions) {
    super();
    const { latentTokens, width, random } = options;
    const shape = [1, latentTokens, width];
    this.latent_tokens = parameter(shape, normal({ standardDeviation: 0.02 }), random, 'latent_tokens');
    this.latent_pos_embed = parameter(
      shape,
      truncatedNormal({ standardDeviation: 0.02 }),
      random,
      'latent_pos_embed',
    );
    this.model = new PatchTransformer({ ...options, random: random.child('model') });
  }

  /** Images (batch, 3, height, width) in [-1, 1] to tokens (batch, latentTokens, width). */
  forward(images: Tensor): Tensor {
    const patches = this.model.patch_embed.forward(images);
    const [batch, , width] = patches.shape;
    const [, latentTokens] = this.latent_tokens.shape;
    const prefix = this.model.cls_token.broadcastTo([batch!, 1, width!]);
    const latents = this.latent_tokens
      .add(this.latent_pos_embed)
      .broadcastTo([batch!, latentTokens!, width!]);
    const positioned = concat([prefix, patches], 1).add(this.model.pos_embed);
    const tokens = this.model.forward(concat([positioned, latents], 1));
    return tokens.slice([null, { start: -(latentTokens as number) }]);
  }
}
