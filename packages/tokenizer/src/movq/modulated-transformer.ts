import { ArgumentError, layerNorm, type Tensor } from '@softvq/core';
import { Module } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { dropRates, Trunk, type TrunkCall, type VisionTransformerOptions } from '../vision-transformer.js';
import { ModulatedBlock } from './modulated-block.js';
import { type Modulation, modulation } from './modulation.js';

/**
 * The last norm of a modulated trunk. Its modulation would reach the latent tokens, and after it only patches are
 * kept: it is in checkpoints, no gradient reaches it, and nothing is computed with it.
 */
class ModulatedNorm extends Module {
  readonly adaLN_modulation: Modulation;

  constructor(latentWidth: number, width: number, random: RandomStream) {
    super();
    this.adaLN_modulation = modulation(latentWidth, width, 1, random.child('adaLN_modulation'));
    this.mark('frozen', 'adaLN_modulation');
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, { epsilon: 1e-6 });
  }
}

/**
 * A trunk whose norms are scaled and shifted at the latent tokens by the latents themselves (after Zheng et al.,
 * "MoVQ: Modulating Quantized Vectors for High-Fidelity Image Generation", 2022; in MAETok by Chen et al., 2025).
 */
export class ModulatedTransformer extends Trunk {
  readonly blocks: readonly ModulatedBlock[];
  readonly norm: ModulatedNorm;

  constructor(options: VisionTransformerOptions & { readonly latentWidth: number }) {
    super(options);
    const { width, depth, heads, latentWidth, initialization = {}, dropPath = 0, random } = options;
    this.blocks = dropRates(dropPath, depth).map(
      (rate, i) =>
        new ModulatedBlock({
          width,
          heads,
          latentWidth,
          dropPath: rate,
          initialization,
          random: random.child('blocks', i),
        }),
    );
    this.norm = new ModulatedNorm(latentWidth, width, random.child('norm'));
  }

  /** The tokens before the latent ones are what counts. @throws ArgumentError without latents. */
  forward(tokens: Tensor, { rotation, latents, random }: TrunkCall = {}): Tensor {
    if (latents === undefined)
      throw new ArgumentError('a modulated trunk needs the latents that modulate it');
    const last = this.blocks.reduce(
      (x, block, layer) =>
        block.forward(x, { latents, rotate: rotation?.(layer), random: random?.child(layer) }),
      tokens,
    );
    return this.norm.forward(last);
  }
}
