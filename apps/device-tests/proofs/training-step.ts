import { type Backend, type Tensor, tensorsIn } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { adamW } from '@softvq/core/optim';
import { GeneratorObjective, type SiT } from '@softvq/generators';
import type { SoftVQ } from '@softvq/tokenizer';
import { TokenizerObjective } from '@softvq/tokenizer/objective';
import { smallModels, smallTokenizer } from './small-pipeline.js';

/** What a step is taken with. */
export interface TrainedModels {
  readonly tokenizer: SoftVQ;
  readonly generator: SiT;
  readonly batch: { readonly images: Tensor; readonly latents: Tensor; readonly labels: Tensor };
}

/** What one step of training led to. */
export interface TrainingOutcome {
  readonly loss: number;
  /** The weights after it, by their names. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/** Takes one step with the tokenizer and one with the generator. */
export async function trainOnce(
  backend: Backend,
  { batch, ...models }: TrainedModels,
): Promise<Readonly<Record<'tokenizer' | 'generator', TrainingOutcome>>> {
  const { images, latents, labels } = batch;
  // Where gradients are zero but for rounding, AdamW would make whole steps of the rounding.
  const optimizer = adamW({ learningRate: 1e-2, epsilon: 1e-5 });

  const ofTokenizer = new TokenizerObjective(models.tokenizer, { optimizer, backend });
  const tokenizerStep = await ofTokenizer.step(ofTokenizer.initialState(), images);
  const tokenizer = {
    loss: await tokenizerStep.losses.generator['total']!.item(),
    weights: await elementsOf(tokenizerStep.state.generator.parameters),
  };
  await ofTokenizer.dispose();

  const ofGenerator = new GeneratorObjective(models.generator, { optimizer, backend });
  const generatorStep = await ofGenerator.step(ofGenerator.initialState(), { latents, labels });
  const generator = {
    loss: await generatorStep.losses.total.item(),
    weights: await elementsOf(generatorStep.state.parameters),
  };
  await ofGenerator.dispose();
  return { tokenizer, generator };
}

/** The step of the small tokenizer alone, with every result left where it is. */
export async function trainUnread(backend: Backend): Promise<void> {
  const objective = new TokenizerObjective(smallTokenizer(), { backend });
  const result = await objective.step(objective.initialState(), smallModels().batch.images);
  for (const each of tensorsIn(result)) each.dispose();
  await objective.dispose();
}

/** The weights before the step. */
export async function weightsOf({ tokenizer, generator }: TrainedModels) {
  return {
    tokenizer: await elementsOf(tokenizer.parameters()),
    generator: await elementsOf(generator.parameters()),
  };
}

async function elementsOf(parameters: TensorRecord): Promise<Record<string, Float32Array>> {
  const elements: Record<string, Float32Array> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    elements[name] = (await parameter.data()) as Float32Array;
  }
  return elements;
}
