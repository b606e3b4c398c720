import {
  type AnyGenerator,
  ArgumentError,
  type Backend,
  formatShape,
  type Precision,
  ShapeError,
  type Tokenizer,
} from '@softvq/core';
import type { SamplingDefaults } from './sampling-defaults.js';

/** Mean and standard deviation of all numbers of all latents over the pictures a generator was trained on. */
export interface LatentStatistics {
  readonly mean: number;
  /** Above 0. */
  readonly std: number;
}

/** What the networks of a pipeline are computed in: each by default as it is written. */
export interface PipelinePrecision {
  readonly tokenizer?: Precision;
  readonly generator?: Precision;
}

/** What a pipeline is made of. */
export interface PipelineParts {
  readonly tokenizer: Tokenizer;
  readonly generator: AnyGenerator;
  /** Those the generator's training latents were normalised by. They must be the tokenizer's, where it knows its own. */
  readonly latentStatistics: LatentStatistics;
  /** The names of the generator's classes, in their order. Default none: classes are numbers. */
  readonly classLabels?: readonly string[];
  readonly sampling?: SamplingDefaults;
  /** Default the default backend at the first use. */
  readonly backend?: Backend;
  /** Layers to keep have their names in `stateDict`. */
  readonly precision?: PipelinePrecision;
}

/** How far statistics may lie apart, as a share of the deviation: they are rounded where they are published. */
const tolerance = 1e-5;

/**
 * @throws ShapeError when the generator makes other latents than the tokenizer decodes, ArgumentError when the
 * statistics are missing, cannot be, or are not the tokenizer's.
 */
export function assertJoin({ tokenizer, generator, latentStatistics }: PipelineParts): void {
  const [made, decoded] = [formatShape(generator.latentShape), formatShape(tokenizer.latentShape)];
  if (made !== decoded) {
    throw new ShapeError(
      `the generator makes latents ${made} and the tokenizer decodes ${decoded}; join a generator with the tokenizer it was trained with`,
    );
  }
  const given: LatentStatistics | undefined = latentStatistics;
  const { mean, std } = given ?? {};
  if (
    mean === undefined ||
    std === undefined ||
    !Number.isFinite(mean) ||
    !Number.isFinite(std) ||
    !(std > 0)
  ) {
    throw new ArgumentError(
      `latentStatistics must be the { mean, std } of the latents that the generator was trained on, with finite numbers and std above 0, not ${JSON.stringify(given)}`,
    );
  }
  const own = tokenizer.latentStatistics;
  if (own === undefined) return;
  if (Math.abs(own.mean - mean) <= tolerance * own.std && Math.abs(own.std - std) <= tolerance * own.std)
    return;
  throw new ArgumentError(
    `the generator was trained on latents of mean ${mean} and deviation ${std}, and this tokenizer makes latents of mean ${own.mean} and deviation ${own.std}; join a generator with the tokenizer it was trained with`,
  );
}
