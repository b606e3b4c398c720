import { concat, type Tensor, where } from '@softvq/core';
import { Module, parameter } from '@softvq/core/nn';
import { type PatchGrid, rotaryFrequencies, rotations } from './rotary-position.js';
import { PatchTransformer, tokenInitializer, type VisionTransformerOptions } from './vision-transformer.js';

export interface EncoderOptions extends VisionTransformerOptions {
  /** How many latent tokens an image becomes. */
  readonly latentTokens: number;
  /** Whether there is a token for patches that are masked. Default false. */
  readonly maskToken?: boolean | undefined;
}

/** Reads an image's patches together with learned latent tokens and keeps the latter. */
export class Encoder extends Module {
  /** (1, latentTokens, width). */
  readonly latent_tokens: Tensor;
  readonly latent_pos_embed: Tensor;
  /** (1, 1, width): in place of masked patches. */
  readonly mask_token: Tensor | undefined;
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
    this.mask_token = options.maskToken
      ? parameter([1, 1, width], tokenInitializer(initialization), random, 'mask_token')
      : undefined;
    this.freqs = rotary && rotaryFrequencies(rotary, options, random);
    if (rotary?.kind === 'axial') this.mark('constant', 'freqs');
    this.model = new PatchTransformer({ ...options, random: random.child('model') });
    const before = this.model.prefixTokens;
    this.grid = { heads, side: imageSize / patchSize, before, after: latentTokens };
  }

  /** Positions of the patches, which follow from their number, and what was needed for masking. */
  override get unusedNames(): readonly string[] {
    return ['freqs_t_x', 'freqs_t_y', ...(this.mask_token === undefined ? ['mask_token'] : [])];
  }

  /**
   * Images (batch, 3, height, width) in [-1, 1] to tokens (batch, latentTokens, width).
   *
   * @param mask bool (batch, patches), true where a patch is hidden. Only for encoders with a mask token.
   */
  forward(images: Tensor, mask?: Tensor): Tensor {
    const patches = this.hidden(this.model.patch_embed.forward(images), mask);
    const [batch, , width] = patches.shape;
    const latentTokens = this.latent_tokens.shape[1] as number;
    const latents = this.latent_tokens.add(this.latent_pos_embed).broadcastTo([batch!, latentTokens, width!]);
    // Rotary positions do not replace the absolute ones here, as they do in the decoder.
    const tokens = this.model.forward(concat([this.model.placed(patches), latents], 1), {
      rotation: rotations(this.freqs, this.grid),
    });
    return tokens.slice([null, { start: -latentTokens }]);
  }

  private hidden(patches: Tensor, mask: Tensor | undefined): Tensor {
    if (mask === undefined || this.mask_token === undefined) return patches;
    const [batch, count] = patches.shape;
    return where(mask.reshape([batch!, count!, 1]), this.mask_token, patches);
  }
}
