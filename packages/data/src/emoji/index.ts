export { type BuildEmojiDatasetOptions, buildEmojiDataset } from './dataset/build-emoji-dataset.js';
export type { EmojiClassCount, EmojiDatasetDescription } from './dataset/emoji-dataset-files.js';
export {
  type EmojiDatasetSplit,
  type PlannedEmoji,
  planEmojiDataset,
  usualEmojiSplit,
} from './dataset/plan-emoji-dataset.js';
export type { EmojiCategory } from './emoji-categories.js';
export { type EmojiClass, emojiClasses, emojiClassOf } from './emoji-classes.js';
export { type EmojiAttribution, emojiLicences } from './emoji-licences.js';
export { type EmojiSet, emojiSets } from './emoji-sets.js';
export { type EmojiEntry, type ListEmojiOptions, listEmoji } from './list-emoji.js';
export {
  type EmojiPicture,
  type RasteriseOptions,
  type RasteriseProgress,
  rasteriseEmoji,
} from './rasterise-emoji.js';
export { type EmojiSplit, type SplitEmojiOptions, splitEmoji } from './split-emoji.js';
