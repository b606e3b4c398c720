import { join } from 'node:path';
import type { Backend } from '@softvq/core';
import { writePng } from '@softvq/data/node';
import { ImagePipeline, TokenizerPipeline } from 'softvq/node';
import { drawn, drawnBalanced } from './choose-pictures.js';
import { drawSamples, type Samples } from './draw-samples.js';
import type { EmojiPictures, LabelledPictures } from './emoji-pictures.js';
import { choose, type FeatureExtractor } from './features.js';
import type { GeneratorFigures } from './figures.js';
import { reconstructionGrid, sampleGrid } from './grids.js';
import type { EvaluationOptions, GeneratorName } from './options.js';
import { HeldOutComparison, type PictureSetFigures } from './picture-sets.js';
import { comparePrecisions, type PrecisionFigures } from './precisions.js';
import { sweep } from './sweep.js';
import { timed } from './timed.js';
import { reconstruct, type TokenizerFigures, tokenizerFigures } from './tokenizer-figures.js';

export interface EvaluationParts {
  readonly emoji: EmojiPictures;
  readonly extractor: FeatureExtractor;
  readonly backend: Backend;
  readonly options: EvaluationOptions;
  readonly signal: AbortSignal;
}

/** The measurements, each of which shows how far it is. */
export class Evaluation {
  readonly #parts: EvaluationParts;
  readonly #comparison: HeldOutComparison;

  private constructor(parts: EvaluationParts, comparison: HeldOutComparison) {
    this.#parts = parts;
    this.#comparison = comparison;
  }

  /** Describes the held-out pictures, which everything is compared with. */
  static async start(parts: EvaluationParts): Promise<Evaluation> {
    const { emoji, extractor, signal } = parts;
    const described = await timed('Held-out pictures', (onProgress) =>
      extractor.describe(emoji.heldOut, { signal, onProgress }),
    );
    return new Evaluation(parts, new HeldOutComparison(described));
  }

  get heldOut(): PictureSetFigures {
    return this.#comparison.heldOut;
  }

  /** Real pictures, as many as there are samples: how small a Fréchet distance can be expected to be. */
  async realPictures(): Promise<PictureSetFigures[]> {
    const { emoji, extractor, options, signal } = this.#parts;
    const { training, classes } = emoji;
    const described = await timed('Training pictures', (onProgress) =>
      extractor.describe(training, { signal, onProgress }),
    );
    const indices = this.#trainingIndices();
    const balanced = (samples: number): Int32Array =>
      drawnBalanced(training.labels, {
        classes: classes.length,
        perClass: this.#perClass(samples),
        seed: options.seed,
      });
    const sets = [
      this.#comparison.compare('real training pictures', choose(described, indices)),
      this.#comparison.compare(
        'real training pictures, as many of each class',
        choose(described, balanced(options.samples)),
      ),
    ];
    if (!options.sweep) return sets;
    const few = choose(described, balanced(options.sweepSamples));
    return [
      ...sets,
      this.#comparison.compare('real training pictures, as many of each class as in the sweep', few),
    ];
  }

  /** Measures a tokenizer and draws `reconstructions.png`. */
  async tokenizer(folder: string): Promise<{ figures: TokenizerFigures; sets: PictureSetFigures[] }> {
    const { emoji, backend, options, signal } = this.#parts;
    const { heldOut, training } = emoji;
    const pipeline = await TokenizerPipeline.fromPretrained(folder, { backend, signal });
    try {
      const ofHeldOut = await timed('Reconstructing held-out pictures', (onProgress) =>
        reconstruct(pipeline, heldOut.pictures, { signal, onProgress }),
      );
      const figures = await timed('Use of codebooks', (onProgress) =>
        tokenizerFigures(pipeline, ofHeldOut.ratios, heldOut.pictures, { backend, signal, onProgress }),
      );
      const grid = reconstructionGrid(heldOut.pictures, ofHeldOut.pictures);
      await writePng(join(options.output, 'reconstructions.png'), grid);
      const chosen = pick(training, this.#trainingIndices());
      const ofTraining = await timed('Reconstructing training pictures', (onProgress) =>
        reconstruct(pipeline, chosen.pictures, { signal, onProgress }),
      );
      const sets = [
        await this.#compare('reconstructed held-out pictures', {
          pictures: ofHeldOut.pictures,
          labels: heldOut.labels,
        }),
        await this.#compare('reconstructed training pictures', {
          pictures: ofTraining.pictures,
          labels: chosen.labels,
        }),
      ];
      return { figures, sets };
    } finally {
      await pipeline.dispose();
    }
  }

  /** Measures the samples of a generator, draws `<name>-samples.png` and, if asked for, sweeps its settings. */
  async generator(name: GeneratorName, folder: string): Promise<GeneratorFigures> {
    const { emoji, backend, options, signal } = this.#parts;
    const { classes } = emoji;
    const { seed } = options;
    const pipeline = await ImagePipeline.fromPretrained(folder, { backend, signal });
    try {
      const samples = await timed(`Samples of ${name}`, (onProgress) =>
        drawSamples(pipeline, classes, {
          perClass: this.#perClass(options.samples),
          seed,
          signal,
          onProgress,
        }),
      );
      await writePng(join(options.output, `${name}-samples.png`), sampleGrid(samples, classes));
      const precisions = options.precisions && {
        precisions: await this.#precisions(name, folder, samples),
      };
      const figures: GeneratorFigures = {
        sampling: pipeline.sampling,
        samples: await this.#compare(`samples of ${name}`, samples),
        imagesPerSecond: samples.imagesPerSecond,
        ...precisions,
      };
      if (!options.sweep) return figures;
      const settings = await timed(`Settings of ${name}`, (onProgress) =>
        sweep(name, pipeline, classes, {
          perClass: this.#perClass(options.sweepSamples),
          seed,
          compare: (title, pictures) => this.#compare(title, pictures),
          signal,
          onProgress,
        }),
      );
      return { ...figures, sweep: settings };
    } finally {
      await pipeline.dispose();
    }
  }

  /** The same samples with more or less of the pipeline in int8. */
  #precisions(name: string, folder: string, exact: Samples): Promise<PrecisionFigures[]> {
    const { emoji, backend, options, signal } = this.#parts;
    return timed(`Precisions of ${name}`, (onProgress) =>
      comparePrecisions(emoji.classes, {
        exact,
        perClass: this.#perClass(options.samples),
        seed: options.seed,
        open: (precision) => ImagePipeline.fromPretrained(folder, { backend, precision, signal }),
        compare: (title, pictures) => this.#compare(title, pictures),
        signal,
        onProgress,
      }),
    );
  }

  #perClass(samples: number): number {
    return Math.ceil(samples / this.#parts.emoji.classes.length);
  }

  /** The training pictures that stand for all. */
  #trainingIndices(): Int32Array {
    const { emoji, options } = this.#parts;
    return drawn(emoji.training.pictures.length, options.samples, options.seed);
  }

  async #compare(name: string, pictures: LabelledPictures): Promise<PictureSetFigures> {
    const { extractor, signal } = this.#parts;
    const described = await extractor.describe(pictures, { signal, onProgress: () => undefined });
    return this.#comparison.compare(name, described);
  }
}

function pick({ pictures, labels }: LabelledPictures, indices: Int32Array): LabelledPictures {
  return {
    pictures: Array.from(indices, (at) => pictures[at]!),
    labels: indices.map((at) => labels[at]!),
  };
}
