import { type Backend, tensorsIn } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { adamW } from '@softvq/core/optim';
import { GeneratorObjective } from '@softvq/generators';
import { TokenizerObjective } from '@softvq/tokenizer/objective';
import { smallGenerator, smallTokenizer, trainingBatch } from './small-pipeline.js';

/** What one step of training led to. */
export interface TrainingOutcome {
  readonly loss: number;
  /** The weights after it, by their names. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/** Takes one step with the tokenizer and one with the generator of the small pipeline. */
export async function trainOnce(
  backend: Backend,
): Promise<Readonly<Record<'tokenizer' | 'generator', TrainingOutcome>>> {
  const { images, latents, labels } = trainingBatch();
  // Where gradients are zero but for rounding, AdamW would make whole steps of the rounding.
  const optimizer = adamW({ learningRate: 1e-2, epsilon: 1e-5 });

  const ofTokenizer = new TokenizerObjective(smallTokenizer(), { optimizer, backend });
  const tokenizerStep = await ofTokenizer.step(ofTokenizer.initialState(), images);
  const tokenizer = {
    loss: await tokenizerStep.losses.generator['total']!.item(),
    weights: await elementsOf(tokenizerStep.state.generator.parameters),
  };
  await ofTokenizer.dispose();

  const ofGenerator = new GeneratorObjective(smallGenerator(), { optimizer, backend });
  const generatorStep = await ofGenerator.step(ofGenerator.initialState(), { latents, labels });
  const generator = {
    loss: await generatorStep.losses.total.item(),
    weights: await elementsOf(generatorStep.state.parameters),
  };
  await ofGenerator.dispose();
  return { tokenizer, generator };
}

/** The tokenizer's step alone, with every result left where it is. */
export async function trainUnread(backend: Backend): Promise<void> {
  const objective = new TokenizerObjective(smallTokenizer(), { backend });
  const result = await objective.step(objective.initialState(), trainingBatch().images);
  for (const each of tensorsIn(result)) each.dispose();
  await objective.dispose();
}

/** The weights before the step. */
export async function untrainedWeights() {
  return {
    tokenizer: await elementsOf(smallTokenizer().parameters()),
    generator: await elementsOf(smallGenerator().parameters()),
  };
}

async function elementsOf(parameters: TensorRecord): Promise<Record<string, Float32Array>> {
  const elements: Record<string, Float32Array> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    elements[name] = (await parameter.data()) as Float32Array;
  }
  return elements;
}
