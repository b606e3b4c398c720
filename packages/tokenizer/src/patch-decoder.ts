import { concat, type Tensor } from '@softvq/core';
import { Module, parameter, type TracedRandom } from '@softvq/core/nn';
import { ModulatedTransformer } from './movq/modulated-transformer.js';
import { type PatchGrid, rotaryFrequencies, rotations } from './rotary-position.js';
import {
  type Trunk,
  type TrunkOptions,
  tokenInitializer,
  VisionTransformer,
  type VisionTransformerOptions,
} from './vision-transformer.js';

/** The shape of a decoder's trunk. */
export interface DecoderTrunkOptions extends TrunkOptions {
  /** Whether its norms are modulated by the latents, as in MoVQ; then it has no layer scales. Default false. */
  readonly modulated?: boolean | undefined;
}

export interface PatchDecoderOptions extends VisionTransformerOptions, DecoderTrunkOptions {
  readonly latentTokens: number;
  /** Width of the latents before they are widened to that of the trunk. */
  readonly latentWidth: number;
}

/** Turns latent tokens into a token for each patch: mask tokens that attend to the latent ones. */
export class PatchDecoder extends Module {
  /** (1, 1, width). */
  readonly mask_token: Tensor;
  /** (1, latentTokens, width). */
  readonly latent_pos_embed: Tensor;
  /** (2, depth, width / 2): of rotary positions, in place of absolute ones; saved and trained when mixed. */
  readonly freqs: Tensor | undefined;
  readonly model: Trunk;
  private readonly grid: PatchGrid;

  constructor(options: PatchDecoderOptions) {
    super();
    const { latentTokens, width, heads, imageSize, patchSize, initialization, rotary, random } = options;
    const initializer = tokenInitializer(initialization);
    this.mask_token = parameter([1, 1, width], initializer, random, 'mask_token');
    this.latent_pos_embed = parameter([1, latentTokens, width], initializer, random, 'latent_pos_embed');
    this.freqs = rotary && rotaryFrequencies(rotary, options, random);
    if (rotary?.kind === 'axial') this.mark('constant', 'freqs');
    const ofTrunk = { ...options, absolutePositions: rotary === undefined, random: random.child('model') };
    this.model = options.modulated ? new ModulatedTransformer(ofTrunk) : new VisionTransformer(ofTrunk);
    const before = this.model.prefixTokens;
    this.grid = { heads, side: imageSize / patchSize, before, after: latentTokens };
  }

  /**
   * Some checkpoints keep the trunk's patch embedding, which a decoder has no use for. Positions of the patches
   * follow from their number.
   */
  override get unusedNames(): readonly string[] {
    return ['model.patch_embed', 'freqs_t_x', 'freqs_t_y'];
  }

  /**
   * Latent tokens to a token for each patch, row by row: (batch, patches, width).
   *
   * @param tokens (batch, latentTokens, width): the latents, widened.
   * @param latents (batch, latentTokens, latentWidth) as they were, which modulated trunks need.
   * @param random for drop path; without it nothing is dropped.
   */
  patches(tokens: Tensor, latents: Tensor, random?: TracedRandom): Tensor {
    const [batch, , width] = tokens.shape;
    const { side, before } = this.grid;
    const count = side ** 2;
    const canvas = this.model.placed(this.mask_token.broadcastTo([1, count, width!]));
    const all = concat(
      [canvas.broadcastTo([batch!, before + count, width!]), tokens.add(this.latent_pos_embed)],
      1,
    );
    const painted = this.model.forward(all, {
      rotation: rotations(this.freqs, this.grid),
      latents,
      random,
    });
    return painted.slice([null, { start: before, stop: before + count }]);
  }
}
