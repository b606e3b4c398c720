import { relu, softplus, type Tensor } from '@softvq/core';

/**
 * What a discriminator minimises, a scalar: half the sum of a mean over the logits of real images and one over the
 * logits of fake images. Both are tensors of any shape; large logits mean "real".
 */
export type DiscriminatorLoss = (real: Tensor, fake: Tensor) => Tensor;

/** What a generator minimises, a scalar, given the discriminator's logits of its images, of any shape. */
export type GeneratorLoss = (fake: Tensor) => Tensor;

/** ½ [mean max(0, 1 − real) + mean max(0, 1 + fake)] (Lim & Ye, Geometric GAN, 2017). */
export const hingeDiscriminatorLoss: DiscriminatorLoss = (real, fake) =>
  relu(real.neg().add(1))
    .mean()
    .add(relu(fake.add(1)).mean())
    .mul(0.5);

/** ½ [mean softplus(−real) + mean softplus(fake)]: the binary cross-entropy of Goodfellow et al., 2014. */
export const vanillaDiscriminatorLoss: DiscriminatorLoss = (real, fake) =>
  softplus(real.neg()).mean().add(softplus(fake).mean()).mul(0.5);

/**
 * ½ [cross-entropy of real against 1 + cross-entropy of fake against 0]: the same function as the vanilla loss, since
 * "non-saturating" changes the generator's side only (Goodfellow et al., 2014, section 3).
 */
export const nonSaturatingDiscriminatorLoss: DiscriminatorLoss = vanillaDiscriminatorLoss;

/** −mean fake: the generator's side of the hinge loss. */
export const hingeGeneratorLoss: GeneratorLoss = (fake) => fake.mean().neg();

/** mean softplus(−fake): the cross-entropy of fake against 1, steep where the discriminator is sure. */
export const nonSaturatingGeneratorLoss: GeneratorLoss = (fake) => softplus(fake.neg()).mean();
