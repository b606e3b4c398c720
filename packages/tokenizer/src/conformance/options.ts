import type { Backend, Tensor, Tokenizer } from '@softvq/core';

/** A trainable parameter that losses do not reach. */
export interface WithoutGradient {
  /** As `parameters()` has it. */
  readonly parameter: string;
  /** Why, for the people who read the output. Not empty. */
  readonly reason: string;
}

export interface TokenizerConformanceOptions<T extends Tokenizer> {
  /** Makes what the tokenizer runs on. The kit disposes it. */
  readonly createBackend: () => Promise<Backend>;
  /** Saves a tokenizer and loads it again, as its users would. Its values are not the initial ones. */
  readonly roundTrip: (tokenizer: T) => Promise<T>;
  /**
   * The losses that the tokenizer is trained with besides the reconstruction's, a scalar: of a codebook, of a
   * posterior. A traced function. Default none.
   */
  readonly losses?: (tokenizer: T, images: Tensor) => Tensor;
  /** Parameters that are expected to get no gradient. One that gets a gradient is reported; nothing is skipped. */
  readonly withoutGradient?: readonly WithoutGradient[];
  /** Milliseconds for one check; 60000 unless told. */
  readonly timeout?: number;
}
