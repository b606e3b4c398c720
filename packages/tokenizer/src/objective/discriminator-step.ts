import { full, type Tensor, valueAndGrad, zeros } from '@softvq/core';
import { type TensorRecord, tracedRandom } from '@softvq/core/nn';
import { clipByGlobalNorm, type LossAndGradient } from '@softvq/core/optim';
import { consistencyRegularization } from '../losses/consistency.js';
import type { DiffAugmentPolicy } from '../losses/diff-augment.js';
import { lecamRegularization } from '../losses/lecam.js';
import { augmented } from './augmented.js';
import { inParts } from './in-parts.js';
import type { AdversarialSettings } from './settings.js';
import type { DiscriminatorState } from './training-state.js';

/** The options of a whole objective that also concern the discriminator. */
export interface DiscriminatorSettings {
  readonly adversarial: AdversarialSettings;
  readonly maximumGradientNorm: number;
  readonly accumulation: number;
  readonly seed: number;
}

interface ImagePair {
  /** (batch, 3, height, width) in [-1, 1]. */
  readonly images: Tensor;
  /** Of the same shape: what the tokenizer made of them before its update. */
  readonly reconstruction: Tensor;
}

export interface DiscriminatorInput extends ImagePair {
  /** Completed steps, an int32 scalar. */
  readonly step: Tensor;
  readonly discriminator: DiscriminatorState;
}

export interface DiscriminatorOutput {
  readonly discriminator: DiscriminatorState;
  readonly losses: Readonly<Record<string, Tensor>>;
}

/**
 * One update of the discriminator, to be compiled. Before it `learns` all passes are made, so that statistics, singular
 * vectors and mean logits move, and the gradient is 0 without a backward pass.
 */
export function discriminatorStep(
  settings: DiscriminatorSettings,
  learns: boolean,
  { step, images, reconstruction, discriminator: state }: DiscriminatorInput,
): DiscriminatorOutput {
  const { discriminator, augmentation, lecam, consistency, discriminatorLoss, weight, optimizer } =
    settings.adversarial;
  const random = tracedRandom({ seed: settings.seed, step }).child('discriminator');
  let part = 0;

  const lossOf = (parameters: TensorRecord, batch: ImagePair) => {
    const ofPart = random.child(part++);
    let buffers = state.buffers;
    const judge = (pictures: Tensor, pass: string, policy: DiffAugmentPolicy | undefined): Tensor => {
      const ofPass = ofPart.child(pass);
      const seen = augmented(pictures, policy, ofPass.child('augmentation'));
      const judged = discriminator
        .with({ ...parameters, ...buffers })
        .train(seen, ofPass.child('discriminator'));
      buffers = { ...buffers, ...judged.buffers };
      return judged.logits;
    };
    const real = judge(batch.images, 'real', augmentation?.weak);
    const fake = judge(batch.reconstruction, 'fake', augmentation?.weak);
    const adversarial = discriminatorLoss(real, fake);
    const regularized = state.lecam && lecamRegularization(real, fake, state.lecam);
    const consistent =
      consistency > 0
        ? consistencyRegularization(
            { real, fake },
            {
              real: judge(batch.images, 'strong real', augmentation?.strong),
              fake: judge(batch.reconstruction, 'strong fake', augmentation?.strong),
            },
          )
        : undefined;
    const opposed = regularized ? adversarial.add(regularized.loss.mul(lecam)) : adversarial;
    const balanced = opposed.mul(weight);
    const total = consistent ? balanced.add(consistent.mul(consistency)) : balanced;
    const losses = {
      adversarial,
      ...(regularized && { lecam: regularized.loss }),
      ...(consistent && { consistency: consistent }),
      realLogits: real.mean(),
      fakeLogits: fake.mean(),
    };
    return [total, { losses, buffers, lecam: regularized?.state }] as const;
  };

  const lossAndGradient = inParts(
    settings.accumulation,
    learns ? valueAndGrad(lossOf) : withoutGradient(lossOf),
  );
  const { value, gradient, auxiliary } = lossAndGradient(state.parameters, { images, reconstruction });
  const { gradients, norm } = clipByGlobalNorm(gradient, settings.maximumGradientNorm);
  const updated = optimizer.update(state.parameters, gradients, state.optimizer);
  return {
    discriminator: {
      parameters: updated.parameters,
      buffers: auxiliary.buffers,
      optimizer: updated.state,
      ...(auxiliary.lecam && { lecam: auxiliary.lecam }),
    },
    losses: { total: value, ...auxiliary.losses, gradientNorm: norm },
  };
}

/** A function that is evaluated and counts for nothing: its value and gradient are 0. */
function withoutGradient<Batch, Auxiliary>(
  fn: (parameters: TensorRecord, batch: Batch) => readonly [Tensor, Auxiliary],
): LossAndGradient<TensorRecord, Batch, Auxiliary> {
  return (parameters, batch) => ({
    value: full([], 0),
    gradient: Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, dtype }]) => [name, zeros(shape, dtype)]),
    ),
    auxiliary: fn(parameters, batch)[1],
  });
}
