import { concat, type Tensor } from '@softvq/core';
import { Linear, Module, parameter } from '@softvq/core/nn';
import { type PatchGrid, rotaryFrequencies, rotations } from './rotary-position.js';
import { tokenInitializer, VisionTransformer, type VisionTransformerOptions } from './vision-transformer.js';

export interface DecoderOptions extends VisionTransformerOptions {
  readonly latentTokens: number;
}

/** Paints an image from mask tokens that attend to the latent tokens. */
export class Decoder extends Module {
  /** (1, 1, width). */
  readonly mask_token: Tensor;
  /** (1, latentTokens, width). */
  readonly latent_pos_embed: Tensor;
  /** (2, depth, width / 2): of rotary positions, in place of absolute ones; saved and trained when mixed. */
  readonly freqs: Tensor | undefined;
  readonly model: VisionTransformer;
  readonly to_pixel: { readonly model: Linear };
  private readonly patchSize: number;
  private readonly side: number;
  private readonly grid: PatchGrid;

  constructor(options: DecoderOptions) {
    super();
    const { latentTokens, width, heads, imageSize, patchSize, initialization, rotary, random } = options;
    this.mask_token = parameter([1, 1, width], tokenInitializer(initialization), random, 'mask_token');
    this.latent_pos_embed = parameter(
      [1, latentTokens, width],
      tokenInitializer(initialization),
      random,
      'latent_pos_embed',
    );
    this.freqs = rotary && rotaryFrequencies(rotary, options, random);
    if (rotary?.kind === 'axial') this.mark('constant', 'freqs');
    this.model = new VisionTransformer({
      ...options,
      absolutePositions: rotary === undefined,
      random: random.child('model'),
    });
    this.to_pixel = { model: new Linear(width, 3 * patchSize ** 2, { random: random.child('to_pixel') }) };
    this.patchSize = patchSize;
    this.side = imageSize / patchSize;
    this.grid = { heads, side: this.side, before: 1, after: latentTokens };
  }

  /**
   * Some checkpoints keep the trunk's patch embedding, which a decoder has no use for. Positions of the patches
   * follow from their number.
   */
  override get unusedNames(): readonly string[] {
    return ['model.patch_embed', 'freqs_t_x', 'freqs_t_y'];
  }

  /** Latent tokens (batch, latentTokens, width) to images (batch, 3, height, width), nominally in [-1, 1]. */
  forward(latents: Tensor): Tensor {
    const [batch, , width] = latents.shape;
    const patches = this.side ** 2;
    const masks = this.mask_token.broadcastTo([1, patches, width!]);
    const blank = concat([this.model.cls_token, masks], 1);
    const placed = this.freqs === undefined ? blank.add(this.model.pos_embed) : blank;
    const canvas = placed.broadcastTo([batch!, 1 + patches, width!]);
    const tokens = this.model.forward(
      concat([canvas, latents.add(this.latent_pos_embed)], 1),
      rotations(this.freqs, this.grid),
    );
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
