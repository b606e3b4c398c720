import { layerNorm, type Tensor } from '@softvq/core';
import { Attention, constant, type Linear, Mlp, Module, xavierUniform } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { modulate, modulations, zeroLinear } from './modulation.js';

export interface ModulatedBlockOptions {
  readonly width: number;
  readonly heads: number;
  /** Width inside the Mlp as a multiple of the block's. */
  readonly mlpRatio: number;
  /** Whether queries and keys are layer-normalised in each head. */
  readonly qkNorm: boolean;
  readonly random: RandomStream;
}

/** Of every norm that has no parameters. */
export const normEpsilon = 1e-6;

/**
 * The transformer block of DiT (Peebles & Xie, "Scalable Diffusion Models with Transformers", 2023): adaLN-Zero, in
 * which shifts, scales and gates of both branches come from the condition, and are 0 at first.
 */
export class ModulatedBlock extends Module {
  readonly attn: Attention;
  readonly mlp: Mlp;
  readonly adaLN_modulation: { readonly 1: Linear };

  constructor({ width, heads, mlpRatio, qkNorm, random }: ModulatedBlockOptions) {
    super();
    const initializers = { weight: xavierUniform(), bias: constant(0) };
    this.attn = new Attention(width, { heads, qkNorm, initializers, random: random.child('attn') });
    this.mlp = new Mlp(width, {
      hidden: Math.trunc(width * mlpRatio),
      approximate: 'tanh',
      initializers,
      random: random.child('mlp'),
    });
    this.adaLN_modulation = { 1: zeroLinear(width, 6 * width) };
  }

  /**
   * (rows, tokens, width) to the same.
   *
   * @param condition (rows, 1, width) after its SiLU, which all blocks share.
   */
  forward(tokens: Tensor, condition: Tensor): Tensor {
    const [shift1, scale1, gate1, shift2, scale2, gate2] = modulations(
      this.adaLN_modulation[1],
      condition,
      6,
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    const attended = this.attn.forward(modulate(normalized(tokens), shift1, scale1));
    const first = tokens.add(attended.mul(gate1));
    return first.add(this.mlp.forward(modulate(normalized(first), shift2, scale2)).mul(gate2));
  }
}

function normalized(tokens: Tensor): Tensor {
  return layerNorm(tokens, { epsilon: normEpsilon });
}
