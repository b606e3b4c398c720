import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, fromHost, type Tensor } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { createLoader, type Loader, type LoaderState, type PictureBatch, pictureGrid } from '@softvq/data';
import { writePng } from '@softvq/data/node';
import { type AnyTokenizer, configOf, createTokenizer } from '@softvq/tokenizer';
import { savePretrained } from '@softvq/tokenizer/node';
import type { TokenizerTrainingState } from '@softvq/tokenizer/objective';
import type { TokenizerTrainingConfig } from '../config/tokenizer-config.js';
import { type Splits, spread } from '../dataset/open-splits.js';
import { permuteChannels } from '../dataset/permute-channels.js';
import type { Advance, Evaluation, FinishedModel, TrainingTask } from '../loop/training-task.js';
import { modelFolderName, picturesFolderName } from '../output-folders.js';
import type { AnyTokenizerObjective } from './create-objective.js';
import { measureLatents } from './measure-latents.js';
import { ReconstructionMeasure } from './reconstruction-measure.js';

const gridColumns = 8;

export interface TokenizerTaskParts {
  readonly config: TokenizerTrainingConfig;
  readonly splits: Splits;
  readonly tokenizer: AnyTokenizer;
  readonly objective: AnyTokenizerObjective;
  readonly backend: Backend;
}

/** The training of a tokenizer on pictures. */
export class TokenizerTask implements TrainingTask<TokenizerTrainingState, PictureBatch> {
  readonly batchSize: number;
  readonly #parts: TokenizerTaskParts;
  readonly #measure: ReconstructionMeasure;
  #psnr = Number.NaN;

  constructor(parts: TokenizerTaskParts) {
    this.batchSize = parts.config.batchSize;
    this.#parts = parts;
    this.#measure = new ReconstructionMeasure(parts.tokenizer, parts.backend);
  }

  initialState(): TokenizerTrainingState {
    return this.#parts.objective.initialState();
  }

  openLoader(resume: LoaderState | undefined): Loader<PictureBatch> {
    const { batchSize, stepsPerCall, imageSize, seed, workers, broken, augmentation } = this.#parts.config;
    return createLoader(this.#parts.splits.training, {
      batchSize,
      imageSize,
      seed,
      workers,
      flip: augmentation.flip,
      crop: augmentation.crop,
      onBroken: broken === 'throw' ? 'throw' : () => undefined,
      // What the next call takes is made ready while the engine computes.
      prefetch: stepsPerCall + Math.max(1, workers),
      resume,
    });
  }

  async advance(
    state: TokenizerTrainingState,
    batches: readonly PictureBatch[],
    step: number,
  ): Promise<Advance<TokenizerTrainingState>> {
    const { augmentation, seed } = this.#parts.config;
    const given = batches.map(({ images }, i) => {
      if (augmentation.permuteChannels) permuteChannels(images, seed, step + i);
      return fromHost(images);
    });
    try {
      const { state: next, losses } = await this.#parts.objective.steps(state, given);
      return { state: next, losses: losses.map(lossesByName) };
    } finally {
      for (const images of given) images.dispose();
    }
  }

  async evaluate(
    state: TokenizerTrainingState,
    step: number,
    signal: AbortSignal | undefined,
  ): Promise<Evaluation> {
    const { config, splits } = this.#parts;
    const { imageSize, batchSize, workers, broken, evaluation, output } = config;
    const { figures, originals, reconstructions } = await this.#measure.measure(
      trainedParameters(state),
      spread(splits.heldOut, evaluation.pictures),
      { imageSize, batchSize, workers, broken, shown: evaluation.shown, signal },
    );
    const rows = Array.from({ length: Math.ceil(originals.length / gridColumns) }, (_, row) =>
      [originals, reconstructions].map((all) => all.slice(row * gridColumns, (row + 1) * gridColumns)),
    ).flat();
    const grid = pictureGrid(rows);
    const folder = join(output, picturesFolderName);
    await mkdir(folder, { recursive: true });
    const path = join(folder, `reconstructions-${String(step).padStart(8, '0')}.png`);
    await writePng(path, grid);
    this.#psnr = figures.psnr;
    return {
      figures: { ...figures },
      score: figures.psnr,
      pictures: [{ name: 'reconstructions', path, picture: grid }],
    };
  }

  /** Measures the latents of the training pictures and saves the tokenizer with these statistics. */
  async finish(state: TokenizerTrainingState, signal: AbortSignal | undefined): Promise<FinishedModel> {
    const { config, splits, tokenizer, backend } = this.#parts;
    const { batchSize, workers, broken, output } = config;
    const parameters = trainedParameters(state);
    const { mean, std } = await measureLatents(tokenizer, parameters, splits.training, {
      batchSize,
      workers,
      broken,
      backend,
      signal,
    });
    const finished = createTokenizer({ ...configOf(tokenizer), vq_mean: mean, vq_std: std });
    finished.loadStateDict(tokenizer.with(parameters).stateDict());
    const folder = join(output, modelFolderName);
    await savePretrained(finished, folder);
    const psnr = Number.isNaN(this.#psnr) ? {} : { psnr: this.#psnr };
    return { folder, figures: { ...psnr, latentMean: mean, latentStd: std } };
  }

  async dispose(): Promise<void> {
    const { objective, tokenizer } = this.#parts;
    await Promise.all([objective.dispose(), this.#measure.dispose()]);
    for (const tensor of Object.values(tokenizer.stateDict())) tensor.dispose();
  }
}

/** What is evaluated and saved: the average, where there is one. */
function trainedParameters({ generator }: TokenizerTrainingState): TensorRecord {
  return generator.average ?? generator.parameters;
}

/** All losses in one record. */
function lossesByName({
  generator,
  discriminator = {},
}: {
  readonly generator: Readonly<Record<string, Tensor>>;
  readonly discriminator?: Readonly<Record<string, Tensor>>;
}): Record<string, Tensor> {
  const ofDiscriminator = Object.entries(discriminator).map(([name, loss]) => [
    `discriminator.${name}`,
    loss,
  ]);
  return { ...generator, ...Object.fromEntries(ofDiscriminator) };
}
