import { concat, type Tensor } from '@softvq/core';
import { Module, parameter } from '@softvq/core/nn';
import { type PatchGrid, rotaryFrequencies, rotations } from './rotary-position.js';
import { PatchTransformer, tokenInitializer, type VisionTransformerOptions } from './vision-transformer.js';

export interface EncoderOptions extends VisionTransformerOptions {
  /** How many latent tokens an image becomes. */
  readonly latentTokens: number;
}

/** Reads an image's patches together with learned latent tokens and keeps the latter. */
export class Encoder extends Module {
  /** (1, latentTokens, width). */
  readonly latent_tokens: Tensor;
  readonly latent_pos_embed: Tensor;
  /** (2, depth, width / 2): of rotary positions; saved and trained when mixed. */
  readonly freqs: Tensor | undefined;
  readonly model: PatchTransformer;
  private readonly grid: PatchGrid;

  constructor(options: EncoderOptions) {
    super();
    const { latentTokens, width, heads, imageSize, patchSize, initialization, rotary, random } = options;
    const shape = [1, latentTokens, width];
    this.latent_tokens = parameter(shape, tokenInitializer(initialization), random, 'latent_tokens');
    this.latent_pos_embed = parameter(shape, tokenInitializer(initialization), random, 'latent_pos_embed');
    this.freqs = rotary && rotaryFrequencies(rotary, options, random);
    if (rotary?.kind === 'axial') this.mark('constant', 'freqs');
    this.model = new PatchTransformer({ ...options, random: random.child('model') });
    this.grid = { heads, side: imageSize / patchSize, before: 1, after: latentTokens };
  }

  /** Positions of the patches, which follow from their number. */
  override get unusedNames(): readonly string[] {
    return ['freqs_t_x', 'freqs_t_y'];
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
    // Rotary positions do not replace these here, as they do in the decoder.
    const positioned = concat([prefix, patches], 1).add(this.model.pos_embed);
    const tokens = this.model.forward(concat([positioned, latents], 1), rotations(this.freqs, this.grid));
    return tokens.slice([null, { start: -(latentTokens as number) }]);
  }
}
