import { concat, layerNorm, narrow, silu, type Tensor } from '@softvq/core';
import { constant, Linear } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';

/** A linear layer by which latents scale and shift norms. Its name in checkpoints counts an activation before it. */
export interface Modulation {
  readonly 1: Linear;
}

/** A scale and a shift for each latent token: (batch, latentTokens, width) both. */
interface ScaleAndShift {
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/** At first all zero, so that training starts from a decoder that ignores the latents. */
export function modulation(
  latentWidth: number,
  width: number,
  norms: number,
  random: RandomStream,
): Modulation {
  const initializers = { weight: constant(0), bias: constant(0) };
  return { 1: new Linear(latentWidth, 2 * norms * width, { initializers, random: random.child('1') }) };
}

/** What latents (batch, latentTokens, latentWidth) make of each norm, the first norm first. */
export function modulate({ 1: layer }: Modulation, latents: Tensor, width: number): ScaleAndShift[] {
  const all = layer.forward(silu(latents));
  const norms = (all.shape.at(-1) as number) / (2 * width);
  return Array.from({ length: norms }, (_, i) => ({
    shift: narrow(all, -1, 2 * i * width, width),
    scale: narrow(all, -1, (2 * i + 1) * width, width),
  }));
}

/**
 * Layer norm of (batch, tokens, width) without weight and bias, in which the last tokens, the latent ones, are then
 * scaled and shifted. The scale is no deviation from 1: at 0 nothing passes.
 */
export function modulatedNorm(x: Tensor, { scale, shift }: ScaleAndShift): Tensor {
  const normalized = layerNorm(x, { epsilon: 1e-6 });
  const others = (x.shape[1] as number) - (scale.shape[1] as number);
  const ofLatents = normalized
    .slice([null, { start: others }])
    .mul(scale)
    .add(shift);
  return concat([normalized.slice([null, { stop: others }]), ofLatents], 1);
}
