import { cpu } from '@softvq/backends/cpu';
import {
  type GeneratorTrainingInput,
  type TokenizerTrainingInput,
  trainGenerator,
  trainTokenizer,
} from '../../src/index.js';

/** What `train-child.ts` takes, as JSON. */
export type ChildTraining =
  | { readonly tokenizer: TokenizerTrainingInput }
  | { readonly generator: GeneratorTrainingInput };

/** A training in a process of its own that tells every event, a line each, and takes its time to do so. */
const training = JSON.parse(process.argv[2]!) as ChildTraining;
const backend = await cpu();
const events =
  'tokenizer' in training
    ? trainTokenizer(training.tokenizer, { backend })
    : trainGenerator(training.generator, { backend });
for await (const { type, step } of events) {
  process.stdout.write(`${JSON.stringify({ type, step })}\n`);
  // So that who kills it has not already missed it.
  await new Promise((resolve) => setTimeout(resolve, 100));
}
await backend.dispose();
