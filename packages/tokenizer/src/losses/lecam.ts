import { ArgumentError, relu, stopGradient, type Tensor, tensor } from '@softvq/core';

/** Running means of a discriminator's logits, scalars. */
export interface LecamState {
  readonly real: Tensor;
  readonly fake: Tensor;
}

export interface LecamOptions {
  /** Share of the old running mean in the new one, from 0 to 1. Default 0.999. */
  readonly decay?: number;
}

export interface LecamRegularization {
  /** A scalar, 0 or more. */
  readonly loss: Tensor;
  /** For the next step. */
  readonly state: LecamState;
}

/** Running means before the first step: 0. */
export function initialLecamState(): LecamState {
  return { real: tensor(0), fake: tensor(0) };
}

/**
 * LeCAM (Tseng et al., 2021), one-sided: mean max(0, real − m_fake)² + mean max(0, m_real − fake)², which keeps
 * logits from drifting away from the running mean of the other side. The running means take in this batch before they
 * are used, and no gradient.
 *
 * @param real logits of real images, any shape. @param fake logits of fake images, any shape.
 * @throws ArgumentError when the decay is not from 0 to 1.
 */
export function lecamRegularization(
  real: Tensor,
  fake: Tensor,
  state: LecamState,
  { decay = 0.999 }: LecamOptions = {},
): LecamRegularization {
  if (!(decay >= 0 && decay <= 1)) throw new ArgumentError(`LeCAM: the decay is from 0 to 1, not ${decay}`);
  const moved = (running: Tensor, logits: Tensor): Tensor =>
    running.mul(decay).add(stopGradient(logits.mean()).mul(1 - decay));
  const next = { real: moved(state.real, real), fake: moved(state.fake, fake) };
  const loss = relu(real.sub(next.fake))
    .square()
    .mean()
    .add(relu(next.real.sub(fake)).square().mean());
  return { loss, state: next };
}
