import { createHash } from 'node:crypto';
import { ArgumentError } from '@softvq/core';
import type { EmojiEntry } from './list-emoji.js';

export interface SplitEmojiOptions {
  /** The share of concepts to hold out, in [0, 1]. */
  readonly heldOut: number;
  /** A whole number; another seed holds out others. */
  readonly seed: number;
}

export interface EmojiSplit {
  readonly training: EmojiEntry[];
  readonly heldOut: EmojiEntry[];
}

/**
 * Parts the emoji into those to train on and those to keep unseen, by what they show: all drawings of one concept,
 * in whichever sets, of whichever gender, go to the same side. A hash of seed and concept decides, so a concept
 * stays on its side whatever else is listed, and the share held out is met on average rather than exactly.
 *
 * @throws ArgumentError for a share outside [0, 1] or a seed that is not a whole number
 */
export function splitEmoji(entries: readonly EmojiEntry[], options: SplitEmojiOptions): EmojiSplit {
  if (!(options.heldOut >= 0 && options.heldOut <= 1)) {
    throw new ArgumentError(`splitEmoji: heldOut is ${options.heldOut}; it must be a share between 0 and 1`);
  }
  if (!Number.isSafeInteger(options.seed)) {
    throw new ArgumentError(`splitEmoji: seed is ${options.seed}; it must be a whole number`);
  }
  const split: EmojiSplit = { training: [], heldOut: [] };
  for (const entry of entries) {
    const side = lotOf(options.seed, entry.concept) < options.heldOut ? split.heldOut : split.training;
    side.push(entry);
  }
  return split;
}

/** A number in [0, 1) that looks random but depends on nothing else. */
export function lotOf(seed: number, concept: string): number {
  return createHash('sha256').update(`${seed}:${concept}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
