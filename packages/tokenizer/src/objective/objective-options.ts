import type { Backend, Tensor } from '@softvq/core';
import type { Module, TensorRecord, TracedRandom } from '@softvq/core/nn';
import type { AdamState, Optimizer } from '@softvq/core/optim';
import type { DiffAugmentPolicy } from '../losses/diff-augment.js';
import type { Discriminator } from '../losses/discriminator.js';
import type { MAETok } from '../maetok/maetok.js';
import type { LossTerms, TokenizerPass } from './loss-term.js';
import type { MAETokPass } from './maetok-forward.js';

/** What an objective needs of a tokenizer. SoftVQ and all its siblings, one- and two-dimensional, have it. */
export interface TrainableTokenizer {
  /** Images (batch, 3, height, width) in [-1, 1] to latents and what the losses need. */
  quantized(images: Tensor): { readonly latents: Tensor };
  /** Latents to images. @param random for what is dropped in training. */
  decode(latents: Tensor, random?: TracedRandom): Tensor;
  /** The name of the weight that the pixels come from. */
  readonly lastLayer: string;
  parameters(): Record<string, Tensor>;
  with(parameters: TensorRecord): this;
}

/**
 * What a tokenizer gives by default: whatever `quantized` returns, the reconstruction, and MAETok the predictions of its
 * auxiliary decoders.
 */
export type PassOf<Model extends TrainableTokenizer> = Model extends MAETok
  ? MAETokPass
  : ReturnType<Model['quantized']> & TokenizerPass;

/** A traced function: a tokenizer with the parameters of this step, over a batch. */
export type TokenizerForward<Model extends TrainableTokenizer, Pass extends TokenizerPass> = (
  tokenizer: Model,
  images: Tensor,
  random: TracedRandom,
) => Pass;

/** Losses of a discriminator by name: `hingeDiscriminatorLoss` and so on. */
export type DiscriminatorLossName = 'hinge' | 'vanilla' | 'non-saturating';

/** Adversarial losses of a generator by name: `hingeGeneratorLoss` and so on. */
export type GeneratorLossName = 'hinge' | 'non-saturating';

/** How a discriminator takes part. The defaults are those SoftVQ was trained with. */
export interface AdversarialOptions {
  readonly discriminator: Module & Discriminator;
  /** What the discriminator minimises. Default `hinge`. */
  readonly discriminatorLoss?: DiscriminatorLossName;
  /** What the tokenizer minimises. Default `hinge`. */
  readonly generatorLoss?: GeneratorLossName;
  /** Of the adversarial loss on both sides. Default 0.2. */
  readonly weight?: number;
  /**
   * The step, counted from 1, from which discriminator and tokenizer learn from each other. Before it the tokenizer is
   * not judged, and only the discriminator's running statistics, singular vectors and mean logits move. Default 20 000.
   */
  readonly start?: number;
  /** Weight of LeCAM beside the discriminator's loss. Default 0.001; 0 leaves it out. */
  readonly lecam?: number;
  /**
   * Weight of the consistency of the discriminator's logits under weak and strong augmentation. Default 4 with
   * augmentation; 0 leaves it out.
   */
  readonly consistency?: number;
  /** DiffAugment of what the discriminator sees; null for none. Default weak and strong as in the recipe. */
  readonly augmentation?: { readonly weak: DiffAugmentPolicy; readonly strong: DiffAugmentPolicy } | null;
  /**
   * Balances the adversarial loss with the reconstruction by their gradients at the decoder's last layer:
   * `adaptiveAdversarialWeight`. Default false.
   */
  readonly adaptive?: boolean;
  /** Default that of the tokenizer. */
  readonly optimizer?: Optimizer<AdamState>;
}

export interface TokenizerObjectiveOptions<Model extends TrainableTokenizer, Pass extends TokenizerPass> {
  /** What is minimised. Default the mean squared error and the terms that the kind of tokenizer asks for. */
  readonly losses?: LossTerms<NoInfer<Pass>>;
  /** Training against a discriminator. Default none. */
  readonly adversarial?: AdversarialOptions;
  /** Default AdamW at a rate of 1e-4 with betas 0.9 and 0.95, decaying matrices by 1e-4. */
  readonly optimizer?: Optimizer<AdamState>;
  /** Largest global norm of the gradients of tokenizer and discriminator each. Default 1; Infinity for no bound. */
  readonly maximumGradientNorm?: number;
  /** Decay of the moving average of the parameters, or null for no average. Default 0.9999. */
  readonly averageDecay?: number | null;
  /** Into how many parts a batch is cut so that activations of one part at a time are needed. Default 1. */
  readonly accumulation?: number;
  /** Of augmentations, dropout and noise: a whole number from 0 to below 2²⁴. Default 0. */
  readonly seed?: number;
  /** How a batch passes through the tokenizer in training. Default `defaultForward`, and `maetokForward` for MAETok. */
  readonly forward?: TokenizerForward<Model, Pass>;
  /** The default is the default backend at the first step. */
  readonly backend?: Backend;
}
