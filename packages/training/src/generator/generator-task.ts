import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, fromHost, tensorsIn } from '@softvq/core';
import { writeFileAtomic } from '@softvq/core/node';
import type { LatentBatch, Loader, LoaderState } from '@softvq/data';
import { createLatentLoader, writePng } from '@softvq/data/node';
import type { GeneratorObjective, GeneratorTrainingState, LoadableGenerator } from '@softvq/generators';
import { savePretrained } from '@softvq/generators/node';
import type { LatentStatistics, LoadableTokenizer } from '@softvq/tokenizer';
import type { GeneratorTrainingConfig } from '../config/generator-config.js';
import type { CachedLatents } from '../latents/cache-latents.js';
import { normalized } from '../latents/normalized.js';
import { tokenizerIdentity } from '../latents/tokenizer-identity.js';
import type { Advance, Evaluation, FinishedModel, TrainingTask } from '../loop/training-task.js';
import { modelFolderName, picturesFolderName } from '../output-folders.js';
import { heldOutLoss } from './held-out-loss.js';
import { SampleGrid } from './sample-grid.js';
import { type GeneratorTrainingRecord, trainingRecordName } from './training-record.js';

export interface GeneratorTaskParts {
  readonly config: GeneratorTrainingConfig;
  readonly latents: CachedLatents;
  readonly tokenizer: LoadableTokenizer;
  readonly statistics: LatentStatistics;
  readonly generator: LoadableGenerator;
  readonly objective: GeneratorObjective<LoadableGenerator>;
  readonly backend: Backend;
}

/** The training of a generator on latents. */
export class GeneratorTask implements TrainingTask<GeneratorTrainingState, LatentBatch> {
  readonly batchSize: number;
  readonly #parts: GeneratorTaskParts;
  readonly #grid: SampleGrid;
  #heldOutLoss: number | undefined;

  constructor(parts: GeneratorTaskParts) {
    this.batchSize = parts.config.batchSize;
    this.#parts = parts;
    this.#grid = new SampleGrid(parts.tokenizer, parts.backend);
  }

  initialState(): GeneratorTrainingState {
    return this.#parts.objective.initialState();
  }

  openLoader(resume: LoaderState | undefined): Loader<LatentBatch> {
    const { batchSize, stepsPerCall, seed, augmentation } = this.#parts.config;
    return createLatentLoader(this.#parts.latents.training, {
      batchSize,
      seed,
      flip: augmentation.flip,
      // What the next call takes is made ready while the engine computes.
      prefetch: stepsPerCall + 1,
      resume,
    });
  }

  async advance(
    state: GeneratorTrainingState,
    batches: readonly LatentBatch[],
  ): Promise<Advance<GeneratorTrainingState>> {
    const { objective, statistics } = this.#parts;
    const given = batches.map(({ latents, labels }) => ({
      latents: fromHost(normalized(latents, statistics)),
      labels: fromHost(labels),
    }));
    try {
      const { state: next, losses } = await objective.steps(state, given);
      return { state: next, losses: losses.map((each) => ({ ...each })) };
    } finally {
      for (const tensor of tensorsIn(given)) tensor.dispose();
    }
  }

  async evaluate(
    state: GeneratorTrainingState,
    step: number,
    signal: AbortSignal | undefined,
  ): Promise<Evaluation> {
    const { config, latents, objective, statistics } = this.#parts;
    const { evaluation, batchSize, seed } = config;
    const loss = await heldOutLoss(objective, state, latents.heldOut, {
      statistics,
      count: evaluation.pictures,
      batchSize,
      seed,
      signal,
    });
    this.#heldOutLoss = loss;
    const pictures = evaluation.samples === 0 ? [] : [await this.#samples(state, step, signal)];
    return { figures: { heldOutLoss: loss }, score: -loss, pictures };
  }

  async finish(state: GeneratorTrainingState): Promise<FinishedModel> {
    const { config, latents, statistics, generator } = this.#parts;
    const folder = join(config.output, modelFolderName);
    await savePretrained(this.#trained(state), folder);
    const { classes, latentShape, tokenizer } = latents.training;
    const record: GeneratorTrainingRecord = {
      tokenizer,
      tokenizerInHalf: await tokenizerIdentity(this.#parts.tokenizer, { dtype: 'float16' }),
      latentShape: [...latentShape],
      latentStatistics: { mean: statistics.mean, std: statistics.std },
      classes:
        classes.length > 0 ? [...classes] : Array.from({ length: generator.classes }, (_, i) => String(i)),
    };
    const text = `${JSON.stringify(record, null, 2)}\n`;
    await writeFileAtomic(join(folder, trainingRecordName), new TextEncoder().encode(text));
    return { folder, figures: this.#heldOutLoss === undefined ? {} : { heldOutLoss: this.#heldOutLoss } };
  }

  async dispose(): Promise<void> {
    const { objective, tokenizer, generator } = this.#parts;
    await Promise.all([objective.dispose(), this.#grid.dispose()]);
    for (const model of [tokenizer, generator]) {
      for (const tensor of Object.values(model.stateDict())) tensor.dispose();
    }
  }

  #trained(state: GeneratorTrainingState): LoadableGenerator {
    return this.#parts.objective.generatorOf(state, { average: state.average !== undefined });
  }

  async #samples(state: GeneratorTrainingState, step: number, signal: AbortSignal | undefined) {
    const { config, latents } = this.#parts;
    const { evaluation, batchSize, seed, output } = config;
    // Every class in turn, and over again.
    const classes = Math.max(1, latents.training.classes.length);
    const labels = Array.from({ length: evaluation.samples }, (_, i) => i % classes);
    const { steps, guidance } = evaluation;
    const picture = await this.#grid.draw(this.#trained(state), {
      labels,
      seed,
      steps,
      guidance,
      batchSize,
      signal,
    });
    const folder = join(output, picturesFolderName);
    await mkdir(folder, { recursive: true });
    const path = join(folder, `samples-${String(step).padStart(8, '0')}.png`);
    await writePng(path, picture);
    return { name: 'samples', path, picture };
  }
}
