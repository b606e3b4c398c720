import { MAR } from '@softvq/generators';
import type { ImagePipeline } from 'softvq';
import { drawSamples } from './draw-samples.js';
import type { LabelledPictures, ReadOptions } from './emoji-pictures.js';
import type { PictureSetFigures } from './picture-sets.js';

const guidanceScales = [1, 1.5, 2, 3, 4];
const stepCounts = [10, 25, 50];

/** What a generator makes with one guidance scale and number of steps. */
export interface SweepFigures extends PictureSetFigures {
  readonly guidance: number;
  readonly steps: number;
  readonly imagesPerSecond: number;
}

export interface SweepOptions extends ReadOptions {
  readonly perClass: number;
  readonly seed: number;
  readonly compare: (name: string, pictures: LabelledPictures) => Promise<PictureSetFigures>;
}

/** Samples with all combinations of guidance scales and steps, the pipeline's own settings otherwise. */
export async function sweep(
  name: string,
  pipeline: ImagePipeline,
  classes: readonly string[],
  { perClass, seed, compare, signal, onProgress }: SweepOptions,
): Promise<SweepFigures[]> {
  const settings = stepsOf(pipeline).flatMap((steps) =>
    guidanceScales.map((guidance) => ({ steps, guidance })),
  );
  const figures: SweepFigures[] = [];
  for (const [before, { steps, guidance }] of settings.entries()) {
    const samples = await drawSamples(pipeline, classes, {
      perClass,
      seed,
      guidance,
      steps,
      signal,
      onProgress: (done, total) => onProgress(before + done / total, settings.length),
    });
    const compared = await compare(`${name}, guidance ${guidance}, ${steps} steps`, samples);
    figures.push({ ...compared, guidance, steps, imagesPerSecond: samples.imagesPerSecond });
  }
  return figures;
}

/** The setting of the smallest Fréchet distance. */
export function bestOf(figures: readonly SweepFigures[]): SweepFigures {
  return figures.reduce((best, each) =>
    (each.frechetDistance ?? Number.POSITIVE_INFINITY) < (best.frechetDistance ?? Number.POSITIVE_INFINITY)
      ? each
      : best,
  );
}

/** Each step of a MAR fills in at least one token, so that it takes no more steps than there are tokens. */
function stepsOf({ generator }: ImagePipeline): number[] {
  const most = generator instanceof MAR ? generator.layout.tokens : Number.POSITIVE_INFINITY;
  return [...new Set(stepCounts.map((steps) => Math.min(steps, most)))];
}
