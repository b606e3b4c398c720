import { silu, type Tensor } from '@softvq/core';
import { constant, LayerNorm, Linear, Module, xavierUniform } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { FinalLayer } from '../transformer/final-layer.js';
import { normEpsilon } from '../transformer/modulated-block.js';
import { modulate, modulations, zeroLinear } from '../transformer/modulation.js';
import { TimestepEmbedder } from '../transformer/timestep-embedder.js';
import type { HeadSize } from './mar-options.js';

export interface DiffusionHeadOptions extends HeadSize {
  /** Width of a token's latents. */
  readonly channels: number;
  /** Width of the conditions. */
  readonly conditionWidth: number;
  readonly random: RandomStream;
}

/**
 * The network that denoises single tokens, given what the decoder says of each (Li et al., "Autoregressive Image
 * Generation without Vector Quantization", 2024, section 3.2): a residual Mlp modulated by timestep and condition.
 */
export class DiffusionHead extends Module {
  readonly time_embed: TimestepEmbedder;
  readonly cond_embed: Linear;
  readonly input_proj: Linear;
  readonly res_blocks: readonly ResidualBlock[];
  readonly final_layer: FinalLayer;

  constructor({ width, depth, channels, conditionWidth, random }: DiffusionHeadOptions) {
    super();
    this.time_embed = new TimestepEmbedder(width, random.child('time_embed'));
    this.cond_embed = xavierLinear(conditionWidth, width, random.child('cond_embed'));
    this.input_proj = xavierLinear(channels, width, random.child('input_proj'));
    this.res_blocks = Array.from(
      { length: depth },
      (_, i) => new ResidualBlock(width, random.child('res_blocks', i)),
    );
    this.final_layer = new FinalLayer(width, 2 * channels);
  }

  /**
   * Noise and variance of noisy tokens.
   *
   * @param latents (rows, channels). @param times (rows), or a scalar for all. @param conditions (rows, conditionWidth).
   * @returns (rows, 2 · channels): the noise, then where the variance lies between its bounds.
   */
  forward(latents: Tensor, times: Tensor, conditions: Tensor): Tensor {
    const modulation = silu(this.time_embed.forward(times).add(this.cond_embed.forward(conditions)));
    const hidden = this.res_blocks.reduce(
      (x, block) => block.forward(x, modulation),
      this.input_proj.forward(latents),
    );
    return this.final_layer.forward(hidden, modulation);
  }
}

class ResidualBlock extends Module {
  readonly in_ln: LayerNorm;
  readonly mlp: { readonly 0: Linear; readonly 2: Linear };
  readonly adaLN_modulation: { readonly 1: Linear };

  constructor(width: number, random: RandomStream) {
    super();
    this.in_ln = new LayerNorm(width, { epsilon: normEpsilon });
    this.mlp = {
      0: xavierLinear(width, width, random.child('mlp', 0)),
      2: xavierLinear(width, width, random.child('mlp', 2)),
    };
    this.adaLN_modulation = { 1: zeroLinear(width, 3 * width) };
  }

  forward(x: Tensor, modulation: Tensor): Tensor {
    const [shift, scale, gate] = modulations(this.adaLN_modulation[1], modulation, 3) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const hidden = silu(this.mlp[0].forward(modulate(this.in_ln.forward(x), shift, scale)));
    return x.add(this.mlp[2].forward(hidden).mul(gate));
  }
}

function xavierLinear(inputs: number, outputs: number, random: RandomStream): Linear {
  return new Linear(inputs, outputs, {
    initializers: { weight: xavierUniform(), bias: constant(0) },
    random,
  });
}
