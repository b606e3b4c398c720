import { parseTokenizerTraining, type TokenizerTrainingInput } from '../config/tokenizer-config.js';
import { openSplits } from '../dataset/open-splits.js';
import { train } from '../loop/train.js';
import type { TrainingEvent } from '../loop/training-event.js';
import type { TrainingOptions } from '../training-options.js';
import { createModel } from './create-model.js';
import { createObjective } from './create-objective.js';
import { TokenizerTask } from './tokenizer-task.js';

/** What the state of a training depends on from its first step. */
const fixedFields = ['seed', 'batchSize', 'imageSize', 'model', 'heldOut', 'augmentation'];

/**
 * Trains a tokenizer on a folder of pictures and saves it, with the statistics of its latents over the pictures it was
 * trained on. The output folder gets `checkpoints/`, `log.jsonl`, TensorBoard's event files, `pictures/` (held-out
 * originals above their reconstructions) and, at the end, `model/`.
 *
 *     for await (const event of trainTokenizer({ dataset: 'emoji', output: 'runs/emoji' }, { backend: await cpu() })) {
 *       if (event.type === 'progress') console.log(event.step, event.losses.total);
 *     }
 *
 * Called again after an interruption it goes on from the last checkpoint, to the same result bit for bit.
 *
 * @throws ArgumentError for a configuration that cannot be used, naming the fields; FileFormatError for pictures or
 * weights that cannot be read; TrainingDivergedError; the signal's reason once it is aborted.
 */
export async function* trainTokenizer(
  config: TokenizerTrainingInput,
  { backend, signal }: TrainingOptions,
): AsyncGenerator<TrainingEvent, void, void> {
  const parsed = parseTokenizerTraining(config);
  signal?.throwIfAborted();
  const splits = await openSplits(parsed.dataset, parsed);
  const tokenizer = await createModel(parsed);
  const objective = await createObjective(tokenizer, parsed, backend);
  const task = new TokenizerTask({ config: parsed, splits, tokenizer, objective, backend });
  try {
    yield* train(task, { ...parsed, config: parsed, fixed: fixedFields, signal });
  } finally {
    await task.dispose();
  }
}
