import {
  type AnySampler,
  ArgumentError,
  type GuidanceOptions,
  type RandomSource,
  type SampleOptions,
} from '@softvq/core';
import type { ClassInput, ClassLabels } from './class-labels.js';
import type { SamplingDefaults } from './sampling-defaults.js';

/** A scale, or everything about it. */
export type GuidanceInput = number | GuidanceOptions;

export interface GenerateOptions {
  /** One class or several, by name or number; null for none. Default one image without a class. */
  readonly classes?: ClassInput | readonly ClassInput[];
  /** How many images of each class. Default 1. */
  readonly count?: number;
  /** The same seed gives the same images, whatever the batches. Default 0. */
  readonly seed?: number;
  /** Image i has the random numbers of index `firstIndex` + i of the seed. Default 0. */
  readonly firstIndex?: number;
  readonly steps?: number;
  /** By name, as registered, or itself. */
  readonly sampler?: string | AnySampler;
  /** Classifier-free guidance; a scale of 1 is none. */
  readonly guidance?: GuidanceInput;
  /** Multiplies the noise that a sampler adds on its way. */
  readonly temperature?: number;
  /** At most so many images are computed at once; the results are the same. Default all. */
  readonly batchSize?: number;
  /** Whether step events show the images as they would be now. Default false. */
  readonly previews?: boolean;
  /** Aborting stops within one step. */
  readonly signal?: AbortSignal;
  /** Where the random numbers of image `index` come from, in place of `seed`. */
  readonly random?: (index: number) => RandomSource;
}

/** A call of `generate` with classes as numbers, an entry for each image. */
export function labelsOf(
  { classes = null, count = 1 }: GenerateOptions,
  labels: ClassLabels,
): (number | null)[] {
  if (!(Number.isSafeInteger(count) && count >= 1)) {
    throw new ArgumentError(
      `count is how many images there are of each class, a whole number from 1, not ${count}`,
    );
  }
  const wanted: readonly ClassInput[] = isList(classes) ? classes : [classes];
  if (wanted.length === 0) throw new ArgumentError('classes is empty; give one at least, or leave it out');
  return wanted.flatMap((each) => {
    const label = labels.resolve(each);
    return Array.from({ length: count }, () => label);
  });
}

/** What the generator is told, with the pipeline's defaults for what is not given. */
export function sampleOptionsOf(options: GenerateOptions, defaults: SamplingDefaults): SampleOptions {
  const sampler = options.sampler ?? defaults.sampler;
  // Another sampler needs its own number of steps.
  const ownSteps = options.sampler === undefined || options.sampler === defaults.sampler;
  const chosen = {
    sampler,
    steps: options.steps ?? (ownSteps ? defaults.steps : undefined),
    guidance: guidanceOf(options.guidance, defaults.guidance),
    temperature: options.temperature ?? defaults.temperature,
    seed: options.seed,
    firstIndex: options.firstIndex,
    batchSize: options.batchSize,
    previews: options.previews,
    signal: options.signal,
    random: options.random,
  };
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
}

function guidanceOf(
  given: GuidanceInput | undefined,
  defaults: SamplingDefaults['guidance'],
): GuidanceOptions | undefined {
  if (typeof given === 'number') return { ...defaults, scale: given };
  return given ?? defaults;
}

function isList(classes: GenerateOptions['classes']): classes is readonly ClassInput[] {
  return Array.isArray(classes);
}
