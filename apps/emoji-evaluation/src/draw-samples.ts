import { ArgumentError } from '@softvq/core';
import type { Picture } from '@softvq/data';
import type { ImagePipeline } from 'softvq';
import { imageSize, type LabelledPictures, type ReadOptions } from './emoji-pictures.js';

export interface DrawOptions extends ReadOptions {
  /** How many samples there are of each class. */
  readonly perClass: number;
  readonly seed: number;
  /** Scale of classifier-free guidance in place of the pipeline's. */
  readonly guidance?: number;
  /** In place of the pipeline's. */
  readonly steps?: number;
}

export interface Samples extends LabelledPictures {
  /** Images a second, decoded, after the first of each class: there the networks are compiled. */
  readonly imagesPerSecond: number;
}

/**
 * Samples of all classes by a generator's own settings but for those given: first one of each class, then another.
 *
 * @param classes by name; a pipeline whose classes have no names takes their numbers.
 * @throws ArgumentError for a class that the pipeline does not know, or pictures of another size; the signal's reason
 * once it is aborted.
 */
export async function drawSamples(
  pipeline: ImagePipeline,
  classes: readonly string[],
  { perClass, seed, guidance, steps, signal, onProgress }: DrawOptions,
): Promise<Samples> {
  const asked = askedOf(pipeline, classes);
  const total = classes.length * perClass;
  const pictures: Picture[] = [];
  let started = performance.now();
  let timed = 0;
  for (let round = 0; round < perClass; round++) {
    const before = pictures.length;
    const result = await pipeline.generate({
      classes: asked,
      seed,
      firstIndex: before,
      ...(guidance !== undefined && { guidance }),
      ...(steps !== undefined && { steps }),
      signal,
      onProgress: ({ progress = 0 }) => onProgress(before + progress * classes.length, total),
    });
    pictures.push(...result.pictures);
    if (round === 0 && perClass > 1) started = performance.now();
    else timed += classes.length;
  }
  return {
    pictures,
    labels: Int32Array.from({ length: total }, (_, i) => i % classes.length),
    imagesPerSecond: timed / ((performance.now() - started) / 1000),
  };
}

/** The numbers of the classes in the pipeline. */
function askedOf(pipeline: ImagePipeline, classes: readonly string[]): (number | null)[] {
  const { classLabels } = pipeline;
  if (pipeline.imageSize !== imageSize) {
    throw new ArgumentError(
      `the pipeline draws ${pipeline.imageSize}×${pipeline.imageSize} pixels, and the classifier knows ${imageSize}×${imageSize}`,
    );
  }
  if (classLabels.classes !== classes.length) {
    throw new ArgumentError(
      `the pipeline has ${classLabels.classes} classes and the data set ${classes.length}; they must be the same`,
    );
  }
  return classes.map((name, i) => classLabels.resolve(classLabels.names.length === 0 ? i : name));
}
