import { cast, concat, type Tensor, valueAndGrad } from '@softvq/core';
import { type TensorRecord, type TracedRandom, tracedRandom } from '@softvq/core/nn';
import { clipByGlobalNorm } from '@softvq/core/optim';
import { adaptiveAdversarialWeight } from '../losses/adaptive-weight.js';
import { augmented } from './augmented.js';
import { inParts } from './in-parts.js';
import type { TokenizerPass } from './loss-term.js';
import type { TrainableTokenizer } from './objective-options.js';
import type { AdversarialSettings, Settings } from './settings.js';
import type { GeneratorState } from './training-state.js';
import { type WeighedTerms, weighTerms } from './weigh-terms.js';

/** The discriminator as it judges a step of the tokenizer. */
export interface Judge {
  readonly parameters: TensorRecord;
  readonly buffers: TensorRecord;
}

export interface GeneratorInput {
  /** Completed steps, an int32 scalar. */
  readonly step: Tensor;
  /** (batch, 3, height, width) in [-1, 1]. */
  readonly images: Tensor;
  readonly generator: GeneratorState;
  /** Absent before the discriminator takes part. */
  readonly judge?: Judge;
}

export interface GeneratorOutput {
  readonly generator: GeneratorState;
  /** Of all images, by the parameters before the update. */
  readonly reconstruction: Tensor;
  /** The discriminator's, which the judgement moved; empty without one. */
  readonly buffers: TensorRecord;
  readonly losses: Readonly<Record<string, Tensor>>;
}

/** What is trained together. */
interface Variables {
  readonly parameters: TensorRecord;
  readonly termParameters: TensorRecord;
}

/** One update of the tokenizer and its average: forward, backward, clipping and the optimiser, to be compiled. */
export function generatorStep<Model extends TrainableTokenizer, Pass extends TokenizerPass>(
  settings: Settings<Model, Pass>,
  { step, images, generator, judge }: GeneratorInput,
): GeneratorOutput {
  const completed = cast(step, 'float32');
  const random = tracedRandom({ seed: settings.seed, step }).child('generator');
  // Of each part of the batch, in order. Losses and gradients are averaged over the parts; images are not.
  const reconstructions: Tensor[] = [];

  const lossOf = (variables: Variables, batch: { readonly images: Tensor }) => {
    const ofPart = random.child(reconstructions.length);
    const tokenizer = settings.tokenizer.with(variables.parameters);
    const pass = settings.forward(tokenizer, batch.images, ofPart.child('forward'));
    reconstructions.push(pass.reconstruction);
    const context = { pass, images: batch.images, random: ofPart.child('losses') };
    const terms = weighTerms(settings.terms, context, variables.termParameters, completed);
    const { losses, buffers, total } =
      settings.adversarial === undefined || judge === undefined
        ? withoutJudge(terms)
        : withJudge(settings.adversarial, judge, terms, pass.reconstruction, variables.parameters, ofPart);
    return [total, { losses: { total, ...terms.values, ...losses }, buffers }] as const;
  };

  const trained: Variables = { parameters: generator.parameters, termParameters: generator.termParameters };
  const { gradient, auxiliary } = inParts(settings.accumulation, valueAndGrad(lossOf))(trained, { images });
  const { gradients, norm } = clipByGlobalNorm(joined(gradient), settings.maximumGradientNorm);
  const updated = settings.optimizer.update(joined(trained), gradients, generator.optimizer);
  const parameters = pick(updated.parameters, trained.parameters);
  const average = generator.average && settings.average?.update(generator.average, parameters);
  return {
    generator: {
      parameters,
      termParameters: pick(updated.parameters, trained.termParameters),
      optimizer: updated.state,
      ...(average && { average }),
    },
    reconstruction: concat(reconstructions),
    buffers: auxiliary.buffers,
    losses: { ...auxiliary.losses, gradientNorm: norm },
  };
}

interface Judged {
  readonly total: Tensor;
  readonly losses: Readonly<Record<string, Tensor>>;
  readonly buffers: TensorRecord;
}

function withoutJudge({ total }: WeighedTerms): Judged {
  return { total, losses: {}, buffers: {} };
}

function withJudge(
  { discriminator, augmentation, generatorLoss, lastLayer, weight }: AdversarialSettings,
  { parameters, buffers }: Judge,
  terms: WeighedTerms,
  reconstruction: Tensor,
  ofTokenizer: TensorRecord,
  random: TracedRandom,
): Judged {
  const seen = augmented(reconstruction, augmentation?.weak, random.child('augmentation'));
  const current = discriminator.with({ ...parameters, ...buffers });
  const judged = current.train(seen, random.child('discriminator'));
  const adversarial = generatorLoss(judged.logits);
  const moved = { ...buffers, ...judged.buffers };
  if (lastLayer === undefined) {
    return { total: terms.total.add(adversarial.mul(weight)), losses: { adversarial }, buffers: moved };
  }
  const layer = ofTokenizer[lastLayer]!;
  const adaptiveWeight = adaptiveAdversarialWeight(terms.ofReconstruction, adversarial, layer);
  return {
    total: terms.total.add(adversarial.mul(adaptiveWeight).mul(weight)),
    losses: { adversarial, adaptiveWeight },
    buffers: moved,
  };
}

function joined({ parameters, termParameters }: Variables): TensorRecord {
  return { ...parameters, ...termParameters };
}

/** The tensors that another record has names for. */
function pick(tensors: TensorRecord, named: TensorRecord): TensorRecord {
  return Object.fromEntries(Object.keys(named).map((name) => [name, tensors[name]!]));
}
