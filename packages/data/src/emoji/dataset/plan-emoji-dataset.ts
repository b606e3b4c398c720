import { ArgumentError } from '@softvq/core';
import { type EmojiClass, emojiClasses, emojiClassOf } from '../emoji-classes.js';
import type { EmojiEntry } from '../list-emoji.js';
import { lotOf } from '../split-emoji.js';

/** One picture of the data set. */
export interface PlannedEmoji {
  readonly entry: EmojiEntry;
  readonly label: EmojiClass;
  readonly split: EmojiDatasetSplit;
  /** Within the data set's folder: `train/bird/noto-owl.png`. */
  readonly path: string;
}

export type EmojiDatasetSplit = 'train' | 'held-out';

/** What is held out unless somebody asks for something else. */
export const usualEmojiSplit = { heldOut: 0.1, seed: 0 };

/**
 * Decides the class, the side and the file of every emoji that belongs to a class, ordered by path. Whole concepts are
 * held out, so that no drawing of what is held out is trained on, whoever drew it; of every class the same share, but
 * at least one concept on either side.
 */
export function planEmojiDataset(
  entries: readonly EmojiEntry[],
  options: { readonly heldOut: number; readonly seed: number },
): PlannedEmoji[] {
  const { heldOut, seed } = options;
  if (!(heldOut >= 0 && heldOut < 1)) {
    throw new ArgumentError(`buildEmojiDataset: heldOut is ${heldOut}; it must be a share from 0 to below 1`);
  }
  if (!Number.isSafeInteger(seed)) {
    throw new ArgumentError(`buildEmojiDataset: seed is ${seed}; it must be a whole number`);
  }
  const held = new Set(
    emojiClasses.flatMap((label) => {
      const concepts = new Set(
        entries.flatMap(({ concept }) => (emojiClassOf(concept) === label ? [concept] : [])),
      );
      const drawn = [...concepts].sort((a, b) => lotOf(seed, a) - lotOf(seed, b));
      return heldOut === 0
        ? []
        : drawn.slice(0, atLeastOneEach(Math.round(heldOut * drawn.length), drawn.length));
    }),
  );
  return entries
    .flatMap((entry): PlannedEmoji[] => {
      const label = emojiClassOf(entry.concept);
      if (label === undefined) return [];
      const split = held.has(entry.concept) ? 'held-out' : 'train';
      return [{ entry, label, split, path: `${split}/${label}/${entry.set}-${entry.name}.png` }];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function atLeastOneEach(count: number, total: number): number {
  return Math.min(Math.max(count, 1), total - 1);
}
