import { layerNorm, type Tensor } from '@softvq/core';
import { type Linear, Module } from '@softvq/core/nn';
import { normEpsilon } from './modulated-block.js';
import { modulate, modulations, zeroLinear } from './modulation.js';

/** The last layer of DiT: a modulated norm and a linear map, which starts as nothing. */
export class FinalLayer extends Module {
  readonly linear: Linear;
  readonly adaLN_modulation: { readonly 1: Linear };

  constructor(width: number, outputs: number) {
    super();
    this.linear = zeroLinear(width, outputs);
    this.adaLN_modulation = { 1: zeroLinear(width, 2 * width) };
  }

  /**
   * (…, width) to (…, outputs).
   *
   * @param condition after its SiLU; it broadcasts to (…, width).
   */
  forward(tokens: Tensor, condition: Tensor): Tensor {
    const [shift, scale] = modulations(this.adaLN_modulation[1], condition, 2) as [Tensor, Tensor];
    return this.linear.forward(modulate(layerNorm(tokens, { epsilon: normEpsilon }), shift, scale));
  }
}
