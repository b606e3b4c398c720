import { ArgumentError, type Backend } from '@softvq/core';
import type { Module } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import {
  type AnyTokenizer,
  ConvolutionalKL,
  ConvolutionalVQ,
  KL,
  MAETok,
  SoftVQ,
  VQ,
} from '@softvq/tokenizer';
import {
  DinoDiscriminator,
  type Discriminator,
  MaskBitDiscriminator,
  PatchDiscriminator,
  StyleGanDiscriminator,
  strongAugmentation,
  weakAugmentation,
} from '@softvq/tokenizer/losses';
import { loadDino, loadDinoV2Features, loadLpips } from '@softvq/tokenizer/node';
import {
  type AdversarialOptions,
  alignmentTerm,
  auxiliaryTerms,
  codebookTerm,
  commitmentTerm,
  divergenceTerm,
  entropyTerm,
  type LossTerm,
  perceptualTerm,
  reconstructionTerm,
  TokenizerObjective,
  type TokenizerPass,
} from '@softvq/tokenizer/objective';
import type { TokenizerTrainingConfig } from '../config/tokenizer-config.js';
import { optimizerOf } from '../optimizer/optimizer-of.js';

/** An objective for tokenizers of any kind. */
export type AnyTokenizerObjective = TokenizerObjective<AnyTokenizer, TokenizerPass>;

/**
 * The objective that a configuration asks for. Weights of frozen networks are read here.
 *
 * @throws ArgumentError, FileFormatError or StateDictError for settings or files that do not fit.
 */
export async function createObjective(
  tokenizer: AnyTokenizer,
  config: TokenizerTrainingConfig,
  backend: Backend,
): Promise<AnyTokenizerObjective> {
  const { optimizer, steps, accumulation, seed, losses } = config;
  const { maximumGradientNorm, averageDecay } = optimizer;
  return new TokenizerObjective<AnyTokenizer, TokenizerPass>(tokenizer, {
    // Each term takes the pass of the kind of tokenizer that it is chosen for.
    losses: (await termsOf(tokenizer, config)) as Readonly<Record<string, LossTerm>>,
    ...(losses.adversarial.weight > 0 && { adversarial: await adversarialOf(config) }),
    optimizer: optimizerOf(optimizer, steps),
    maximumGradientNorm,
    averageDecay: averageDecay === 0 ? null : averageDecay,
    accumulation,
    seed,
    backend,
  });
}

async function termsOf(
  tokenizer: AnyTokenizer,
  { losses, imageSize, seed }: TokenizerTrainingConfig,
): Promise<Record<string, LossTerm<never>>> {
  const { mse, l1, perceptual, alignment } = losses;
  const terms: Record<string, LossTerm<never>> = {
    mse: reconstructionTerm({ norm: 'l2', weight: mse }),
    l1: reconstructionTerm({ norm: 'l1', weight: l1 }),
    ...termsOfKind(tokenizer, losses),
  };
  if (perceptual.weight > 0) {
    const { weight, warmupSteps, vgg, heads } = perceptual;
    const lpips = await loadLpips({ vgg: vgg!, ...(heads !== undefined && { heads }) });
    terms['perceptual'] = perceptualTerm(lpips, { weight, warmupSteps });
  }
  if (alignment.weight > 0) {
    const network = await loadDinoV2Features(alignment.weights!, { imageSize });
    terms['alignment'] = alignmentTerm(network, {
      latentWidth: widthOf(tokenizer),
      mode: alignment.mode,
      weight: alignment.weight,
      random: new RandomStream({ seed, name: 'training/alignment' }),
    });
  }
  return Object.fromEntries(Object.entries(terms).filter(([, { weight }]) => weight !== 0));
}

/** Width of a latent token, or channels of a grid. */
function widthOf({ latentShape }: AnyTokenizer): number {
  return latentShape.length === 3 ? latentShape[0]! : latentShape[1]!;
}

function termsOfKind(
  tokenizer: AnyTokenizer,
  { entropy, codebook, commitment, divergence, auxiliary }: TokenizerTrainingConfig['losses'],
): Record<string, LossTerm<never>> {
  if (tokenizer instanceof SoftVQ) return { entropy: entropyTerm({ weight: entropy }) };
  if (tokenizer instanceof VQ || tokenizer instanceof ConvolutionalVQ) {
    return {
      codebook: codebookTerm({ weight: codebook }),
      commitment: commitmentTerm({ weight: commitment }),
    };
  }
  if (tokenizer instanceof KL || tokenizer instanceof ConvolutionalKL) {
    return { divergence: divergenceTerm({ weight: divergence }) };
  }
  if (tokenizer instanceof MAETok) {
    const other = tokenizer.options.auxiliary?.features.find((name) => name !== 'hog');
    if (other === undefined) return auxiliaryTerms(tokenizer, { weight: auxiliary });
    throw new ArgumentError(
      `the config of the tokenizer has an auxiliary decoder of ${other} features, which only a TokenizerObjective with its network trains; leave the decoder out of the config`,
    );
  }
  return {};
}

async function adversarialOf(config: TokenizerTrainingConfig): Promise<AdversarialOptions> {
  const { weight, start, loss, generatorLoss, lecam, consistency, augmentation, adaptive } =
    config.losses.adversarial;
  return {
    discriminator: await discriminatorOf(config),
    discriminatorLoss: loss,
    generatorLoss,
    weight,
    start,
    lecam,
    consistency: augmentation ? consistency : 0,
    augmentation: augmentation ? { weak: weakAugmentation, strong: strongAugmentation } : null,
    adaptive,
  };
}

async function discriminatorOf({
  losses,
  imageSize,
  seed,
}: TokenizerTrainingConfig): Promise<Module & Discriminator> {
  const { discriminator, weights, ...sizes } = losses.adversarial;
  const random = new RandomStream({ seed, name: 'training/discriminator' });
  const width = sizes.width === undefined ? {} : { width: sizes.width };
  const layers = sizes.layers === undefined ? {} : { layers: sizes.layers };
  switch (discriminator) {
    case 'dino':
      return new DinoDiscriminator({ features: await loadDino(weights!), random });
    case 'patch':
      return new PatchDiscriminator({ ...width, ...layers, random });
    case 'maskbit':
      return new MaskBitDiscriminator({ ...width, ...layers, random });
    case 'stylegan':
      return new StyleGanDiscriminator({ ...width, imageSize, random });
  }
}
