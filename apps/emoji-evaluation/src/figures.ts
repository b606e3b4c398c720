import { writeFileAtomic } from '@softvq/core/node';
import type { Recognised } from './features.js';
import type { GeneratorName } from './options.js';
import type { PictureSetFigures } from './picture-sets.js';
import type { PrecisionFigures } from './precisions.js';
import type { SweepFigures } from './sweep.js';
import type { TokenizerFigures } from './tokenizer-figures.js';

/** What `figures.json` says. */
export interface Figures {
  readonly seed: number;
  readonly dataset: {
    readonly fingerprint: string;
    readonly classes: number;
    readonly training: number;
    readonly heldOut: number;
  };
  readonly classifier: {
    readonly heldOut: Recognised;
    /** Of this run; nothing where a classifier was used again. */
    readonly trainingSeconds?: number;
  };
  tokenizer?: TokenizerFigures;
  readonly pictureSets: PictureSetFigures[];
  readonly generators: Partial<Record<GeneratorName, GeneratorFigures>>;
}

export interface GeneratorFigures {
  /** The pipeline's default settings, as its `pipeline.json` has them. */
  readonly sampling: object;
  readonly samples: PictureSetFigures;
  readonly imagesPerSecond: number;
  readonly sweep?: readonly SweepFigures[];
  /** In int8, beside `samples`. */
  readonly precisions?: readonly PrecisionFigures[];
}

export async function writeFigures(path: string, figures: Figures): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(figures, undefined, 2)}\n`));
}
