import type { Precision } from '@softvq/core';
import { type Picture, picturesToFloats } from '@softvq/data';
import { psnr } from '@softvq/evaluation';
import type { ImagePipeline, PipelinePrecision } from 'softvq';
import { drawSamples, type Samples } from './draw-samples.js';
import type { LabelledPictures, ReadOptions } from './emoji-pictures.js';
import type { PictureSetFigures } from './picture-sets.js';

/** Parts of a generator that few products belong to, by what their parameters are called. */
const modulating = /adaLN_modulation/;
const first = /embed|z_proj|input_proj/;
const last = /final_layer/;

const int8But = (...keep: RegExp[]): Precision => ({ compute: 'int8', keep });

const recipes: Readonly<Record<string, PipelinePrecision>> = {
  'all of the generator': { generator: 'int8' },
  'without its modulating layers': { generator: int8But(modulating) },
  'without its first and last layers': { generator: int8But(first, last) },
  'without all of these': { generator: int8But(modulating, first, last) },
  'that, and the tokenizer': { generator: int8But(modulating, first, last), tokenizer: 'int8' },
};

/** What samples lose when a part of the pipeline is computed in int8. */
export interface PrecisionFigures extends PictureSetFigures {
  /** Of the mean squared error against the same seeds in float32, in dB. */
  readonly psnr: number;
  readonly imagesPerSecond: number;
}

export interface PrecisionOptions extends ReadOptions {
  /** The same seeds in float32. */
  readonly exact: Samples;
  readonly perClass: number;
  readonly seed: number;
  /** Opens the pipeline. */
  readonly open: (precision: PipelinePrecision) => Promise<ImagePipeline>;
  readonly compare: (name: string, pictures: LabelledPictures) => Promise<PictureSetFigures>;
}

/** Samples of the same seeds with more or less of the pipeline in int8. */
export async function comparePrecisions(
  classes: readonly string[],
  { exact, perClass, seed, open, compare, signal, onProgress }: PrecisionOptions,
): Promise<PrecisionFigures[]> {
  const figures: PrecisionFigures[] = [];
  const total = Object.keys(recipes).length;
  for (const [before, [name, precision]] of Object.entries(recipes).entries()) {
    const pipeline = await open(precision);
    try {
      const samples = await drawSamples(pipeline, classes, {
        perClass,
        seed,
        signal,
        onProgress: (done, all) => onProgress(before + done / all, total),
      });
      figures.push({
        ...(await compare(name, samples)),
        psnr: psnrOfMeanError(samples.pictures, exact.pictures),
        imagesPerSecond: samples.imagesPerSecond,
      });
    } finally {
      await pipeline.dispose();
    }
  }
  return figures;
}

function psnrOfMeanError(pictures: readonly Picture[], references: readonly Picture[]): number {
  const ratios = psnr(picturesToFloats(pictures), picturesToFloats(references.slice(0, pictures.length)));
  const errors = ratios.map((ratio) => 10 ** (-ratio / 10));
  return -10 * Math.log10(errors.reduce((sum, each) => sum + each, 0) / errors.length);
}
