import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { openLatentCache } from '@softvq/data/node';
import { GeneratorObjective, type LoadableGenerator } from '@softvq/generators';
import type { LoadableTokenizer } from '@softvq/tokenizer';
import { fromPretrained } from '@softvq/tokenizer/node';
import {
  type GeneratorTrainingConfig,
  type GeneratorTrainingInput,
  parseGeneratorTraining,
} from '../config/generator-config.js';
import { openSplits } from '../dataset/open-splits.js';
import { assertJoins, assertNormalizes } from '../latents/assert-joins.js';
import {
  type CachedLatents,
  type CacheLatentsOptions,
  cacheLatents,
  heldOutLatentsName,
  trainingLatentsName,
} from '../latents/cache-latents.js';
import { tokenizerIdentity } from '../latents/tokenizer-identity.js';
import { train } from '../loop/train.js';
import type { TrainingEvent } from '../loop/training-event.js';
import { optimizerOf } from '../optimizer/optimizer-of.js';
import type { TrainingOptions } from '../training-options.js';
import { createModel } from './create-generator.js';
import { GeneratorTask } from './generator-task.js';
import { readTrainingRecord } from './training-record.js';

export interface GeneratorTrainingOptions extends TrainingOptions {
  /** Called while latents are made, before the first event. */
  readonly onLatents?: CacheLatentsOptions['onProgress'];
}

/** What the state of a training depends on from its first step. */
const fixedFields = ['seed', 'batchSize', 'model', 'heldOut', 'augmentation'];

/**
 * Trains a generator on the latents of a folder of pictures and saves it. The latents are made first, where they are
 * missing, and normalised by the tokenizer's statistics. The output folder gets `latents/` (unless they are elsewhere),
 * `checkpoints/`, `log.jsonl`, TensorBoard's event files, `pictures/` (samples) and, at the end, `model/`, with
 * `training.json` beside the weights: the tokenizer, its statistics and the names of the classes.
 *
 *     for await (const event of trainGenerator(
 *       { tokenizer: 'runs/emoji/model', dataset: 'emoji', output: 'runs/sit' },
 *       { backend: await cpu() },
 *     )) …
 *
 * Called again after an interruption it goes on from the last checkpoint, to the same result bit for bit.
 *
 * @throws ArgumentError for a configuration that cannot be used, naming the fields, and for tokenizer, latents and
 * generator that do not belong together; TrainingDivergedError; the signal's reason once it is aborted.
 */
export async function* trainGenerator(
  config: GeneratorTrainingInput,
  options: GeneratorTrainingOptions,
): AsyncGenerator<TrainingEvent, void, void> {
  const parsed = parseGeneratorTraining(config);
  const { backend, signal } = options;
  signal?.throwIfAborted();
  const tokenizer = await fromPretrained(parsed.tokenizer, signal ? { signal } : {});
  const statistics = assertJoins(tokenizer, { latentShape: tokenizer.latentShape });
  const latents = await latentsOf(parsed, tokenizer, options);
  assertNormalizes(statistics, latents.training.statistics, latents.training.folder);
  const classes = Math.max(1, latents.training.classes.length);
  const generator = await createModel(parsed, tokenizer.latentShape, classes);
  await assertBelongs(parsed, tokenizer, generator, classes);
  const { optimizer, steps, accumulation, seed } = parsed;
  const objective = new GeneratorObjective<LoadableGenerator>(generator, {
    optimizer: optimizerOf(optimizer, steps),
    maximumGradientNorm: optimizer.maximumGradientNorm,
    averageDecay: optimizer.averageDecay === 0 ? null : optimizer.averageDecay,
    accumulation,
    seed,
    backend,
  });
  const task = new GeneratorTask({
    config: parsed,
    latents,
    tokenizer,
    statistics,
    generator,
    objective,
    backend,
  });
  try {
    yield* train(task, {
      ...parsed,
      config: parsed,
      fixed: fixedFields,
      identity: { tokenizer: latents.training.tokenizer },
      signal,
    });
  } finally {
    await task.dispose();
  }
}

/** The latents of the data set, or those that are there already. */
async function latentsOf(
  {
    dataset,
    latents,
    output,
    heldOut,
    seed,
    batchSize,
    augmentation,
    workers,
    broken,
  }: GeneratorTrainingConfig,
  tokenizer: LoadableTokenizer,
  { backend, signal, onLatents }: GeneratorTrainingOptions,
): Promise<CachedLatents> {
  const folder = latents ?? join(output, 'latents');
  if (dataset === undefined) {
    const same = { tokenizer: await tokenizerIdentity(tokenizer) };
    return {
      training: await openLatentCache(join(folder, trainingLatentsName), same),
      heldOut: await openLatentCache(join(folder, heldOutLatentsName), same),
    };
  }
  const splits = await openSplits(dataset, { heldOut, seed });
  return cacheLatents(folder, tokenizer, splits, {
    backend,
    batchSize,
    flips: augmentation.flip,
    workers,
    broken,
    signal,
    onProgress: onLatents,
  });
}

/** A generator to begin with must be for these latents and classes. */
async function assertBelongs(
  { model }: GeneratorTrainingConfig,
  tokenizer: LoadableTokenizer,
  generator: LoadableGenerator,
  classes: number,
): Promise<void> {
  const record = model.from === undefined ? undefined : await readTrainingRecord(model.from);
  assertJoins(tokenizer, {
    latentShape: generator.latentShape,
    latentStatistics: record?.latentStatistics,
  });
  if (generator.classes >= classes) return;
  throw new ArgumentError(
    `${model.from} knows ${generator.classes} classes, and the data set has ${classes}; begin with another generator`,
  );
}
