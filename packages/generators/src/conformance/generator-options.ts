import type { AnyGenerator } from '@softvq/core';
import type { KitOptions } from './check.js';

/** A trainable parameter that the loss does not reach. */
export interface WithoutGradient {
  /** As `parameters()` has it. */
  readonly parameter: string;
  /** Why, for the people who read the output. Not empty. */
  readonly reason: string;
}

export interface GeneratorConformanceOptions<G extends AnyGenerator> extends KitOptions {
  /** Saves a generator and loads it again, as its users would. Its values are not the initial ones. */
  readonly roundTrip: (generator: G) => Promise<G>;
  /** How many steps to sample with: few, at least 3. Default 4. */
  readonly steps?: number;
  /** Parameters that are expected to get no gradient. One that gets a gradient is reported; nothing is skipped. */
  readonly withoutGradient?: readonly WithoutGradient[];
}

/** Makes the generator under test: a new one at each call, always with the same values, in float32. */
export type CreateGenerator<G extends AnyGenerator> = () => G | Promise<G>;

/** What the checks work with. */
export interface GeneratorSubject<G extends AnyGenerator> {
  /** Makes the generator, always with the same values; they are not its initial ones. */
  readonly create: () => Promise<G>;
  readonly steps: number;
  readonly options: GeneratorConformanceOptions<G>;
}
