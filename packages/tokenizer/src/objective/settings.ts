import { ArgumentError } from '@softvq/core';
import type { Module, TensorRecord } from '@softvq/core/nn';
import { type AdamState, type Ema, ema, type Optimizer } from '@softvq/core/optim';
import {
  type DiscriminatorLoss,
  type GeneratorLoss,
  hingeDiscriminatorLoss,
  hingeGeneratorLoss,
  nonSaturatingDiscriminatorLoss,
  nonSaturatingGeneratorLoss,
  vanillaDiscriminatorLoss,
} from '../losses/adversarial.js';
import { strongAugmentation, weakAugmentation } from '../losses/diff-augment.js';
import type { Discriminator } from '../losses/discriminator.js';
import { MAETok } from '../maetok/maetok.js';
import { bottleneckTerms } from './bottleneck-terms.js';
import { defaultForward } from './default-forward.js';
import type { LossTerms, TokenizerPass } from './loss-term.js';
import { maetokForward } from './maetok-forward.js';
import type {
  AdversarialOptions,
  DiscriminatorLossName,
  GeneratorLossName,
  TokenizerForward,
  TokenizerObjectiveOptions,
  TrainableTokenizer,
} from './objective-options.js';
import { tokenizerOptimizer } from './optimizer-defaults.js';
import { reconstructionTerm } from './pixel-terms.js';

/** The options of an objective, checked and with their defaults. */
export interface Settings<Model extends TrainableTokenizer, Pass extends TokenizerPass> {
  readonly tokenizer: Model;
  readonly terms: LossTerms<Pass>;
  /** Initial values of the terms' parameters, with the terms' names before theirs. */
  readonly termParameters: TensorRecord;
  readonly forward: TokenizerForward<Model, Pass>;
  readonly adversarial: AdversarialSettings | undefined;
  readonly optimizer: Optimizer<AdamState>;
  readonly maximumGradientNorm: number;
  readonly average: Ema | undefined;
  readonly accumulation: number;
  readonly seed: number;
}

export interface AdversarialSettings {
  readonly discriminator: Module & Discriminator;
  readonly discriminatorLoss: DiscriminatorLoss;
  readonly generatorLoss: GeneratorLoss;
  readonly weight: number;
  readonly start: number;
  readonly lecam: number;
  readonly consistency: number;
  readonly augmentation: NonNullable<AdversarialOptions['augmentation']> | undefined;
  /** The name of the weight at which gradients are compared; none where the weight is not adaptive. */
  readonly lastLayer: string | undefined;
  readonly optimizer: Optimizer<AdamState>;
}

/** @throws ArgumentError that says what to change, for options that are out of range or contradict each other. */
export function resolveSettings<Model extends TrainableTokenizer, Pass extends TokenizerPass>(
  tokenizer: Model,
  options: TokenizerObjectiveOptions<Model, Pass>,
): Settings<Model, Pass> {
  const parameters = tokenizer.parameters();
  if (Object.keys(parameters).length === 0) {
    throw new ArgumentError('nothing to train: all parameters of the tokenizer are frozen');
  }
  const terms = options.losses ?? defaultTerms(tokenizer);
  const { averageDecay = 0.9999, accumulation = 1, seed = 0, optimizer = tokenizerOptimizer() } = options;
  if (!Number.isInteger(accumulation) || accumulation < 1) {
    throw new ArgumentError(`accumulation must be a whole number from 1, not ${accumulation}`);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 24) {
    throw new ArgumentError(`seed must be a whole number from 0 to ${2 ** 24 - 1}, not ${seed}`);
  }
  return {
    tokenizer,
    terms,
    termParameters: parametersOf(terms, parameters),
    forward: options.forward ?? forwardOf(tokenizer),
    adversarial: options.adversarial && adversarialSettings(options.adversarial, tokenizer, optimizer),
    optimizer,
    maximumGradientNorm: options.maximumGradientNorm ?? 1,
    average: averageDecay === null ? undefined : ema(averageDecay),
    accumulation,
    seed,
  };
}

/** The pass that the type parameter has as its default. */
function forwardOf<Model extends TrainableTokenizer, Pass extends TokenizerPass>(
  tokenizer: Model,
): TokenizerForward<Model, Pass> {
  const forward: unknown = tokenizer instanceof MAETok ? maetokForward : defaultForward;
  return forward as TokenizerForward<Model, Pass>;
}

function defaultTerms<Model extends TrainableTokenizer, Pass extends TokenizerPass>(
  tokenizer: Model,
): LossTerms<Pass> {
  const ofKind: LossTerms<never> = bottleneckTerms(tokenizer);
  return { reconstruction: reconstructionTerm(), ...ofKind } as LossTerms<Pass>;
}

/** Names under which other values are reported. */
const reservedNames = ['total', 'gradientNorm', 'adversarial', 'adaptiveWeight'];

function parametersOf(terms: LossTerms<never>, ofTokenizer: TensorRecord): TensorRecord {
  const names = Object.keys(terms);
  if (names.length === 0) throw new ArgumentError('nothing to minimise: losses has no term');
  const reserved = names.find((name) => reservedNames.includes(name) || name.includes('.'));
  if (reserved !== undefined) {
    throw new ArgumentError(
      `a loss term cannot be called "${reserved}": names have no dots and are none of ${reservedNames.join(', ')}`,
    );
  }
  const parameters = Object.fromEntries(
    Object.entries(terms).flatMap(([term, { parameters: own = {} }]) =>
      Object.entries(own).map(([name, tensor]) => [`${term}.${name}`, tensor]),
    ),
  );
  const twice = Object.keys(parameters).find((name) => Object.hasOwn(ofTokenizer, name));
  if (twice === undefined) return parameters;
  throw new ArgumentError(`both the tokenizer and a loss term have a parameter "${twice}"; rename the term`);
}

function adversarialSettings(
  {
    discriminator,
    discriminatorLoss = 'hinge',
    generatorLoss = 'hinge',
    weight = 0.2,
    start = 20_000,
    lecam = 0.001,
    augmentation,
    consistency = augmentation === null ? 0 : 4,
    adaptive = false,
    optimizer,
  }: AdversarialOptions,
  tokenizer: TrainableTokenizer,
  ofTokenizer: Optimizer<AdamState>,
): AdversarialSettings {
  for (const [name, value] of Object.entries({ weight, lecam, consistency })) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new ArgumentError(`adversarial.${name} must be a finite number from 0, not ${value}`);
    }
  }
  if (!Number.isInteger(start) || start < 1) {
    throw new ArgumentError(`adversarial.start must be a whole number from 1, not ${start}`);
  }
  if (consistency > 0 && augmentation === null) {
    throw new ArgumentError(
      'adversarial.consistency compares augmented images: leave it out or at 0 when augmentation is null',
    );
  }
  return {
    discriminator,
    discriminatorLoss: chosen('discriminatorLoss', discriminatorLosses, discriminatorLoss),
    generatorLoss: chosen('generatorLoss', generatorLosses, generatorLoss),
    weight,
    start,
    lecam,
    consistency,
    augmentation: augmentation === null ? undefined : (augmentation ?? recipe),
    lastLayer: adaptive ? lastLayerOf(tokenizer) : undefined,
    optimizer: optimizer ?? ofTokenizer,
  };
}

function lastLayerOf(tokenizer: TrainableTokenizer): string {
  const { lastLayer } = tokenizer;
  if (Object.hasOwn(tokenizer.parameters(), lastLayer)) return lastLayer;
  throw new ArgumentError(
    `an adaptive adversarial weight compares gradients at "${lastLayer}", which is frozen or missing`,
  );
}

const recipe = { weak: weakAugmentation, strong: strongAugmentation };

const discriminatorLosses: Readonly<Record<DiscriminatorLossName, DiscriminatorLoss>> = {
  hinge: hingeDiscriminatorLoss,
  vanilla: vanillaDiscriminatorLoss,
  'non-saturating': nonSaturatingDiscriminatorLoss,
};

const generatorLosses: Readonly<Record<GeneratorLossName, GeneratorLoss>> = {
  hinge: hingeGeneratorLoss,
  'non-saturating': nonSaturatingGeneratorLoss,
};

function chosen<Name extends string, Loss>(
  what: string,
  losses: Readonly<Record<Name, Loss>>,
  name: Name,
): Loss {
  if (Object.hasOwn(losses, name)) return losses[name];
  throw new ArgumentError(
    `adversarial.${what} is one of ${Object.keys(losses).join(', ')}, not "${String(name)}"`,
  );
}
