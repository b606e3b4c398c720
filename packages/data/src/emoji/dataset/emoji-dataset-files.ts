import { join } from 'node:path';
import { writeAtomically } from '../../node/atomic-write.js';
import { type EmojiClass, emojiClasses } from '../emoji-classes.js';
import type { EmojiAttribution } from '../emoji-licences.js';
import type { EmojiDatasetSplit, PlannedEmoji } from './plan-emoji-dataset.js';

/** What `dataset.json` says. */
export interface EmojiDatasetDescription {
  readonly format: 'softvq-emoji';
  readonly formatVersion: 1;
  /** Pixels on each side of every picture. */
  readonly size: number;
  /** The share of concepts that is held out, and what decided which. */
  readonly heldOut: number;
  readonly seed: number;
  /** The npm packages that the drawings are from. */
  readonly sources: readonly string[];
  readonly pictures: Readonly<Record<EmojiDatasetSplit, number>>;
  /** In the order of their labels. */
  readonly classes: readonly EmojiClassCount[];
}

export interface EmojiClassCount extends Readonly<Record<EmojiDatasetSplit, number>> {
  readonly name: EmojiClass;
}

export function describeEmojiDataset(
  plan: readonly PlannedEmoji[],
  settings: Pick<EmojiDatasetDescription, 'size' | 'heldOut' | 'seed' | 'sources'>,
): EmojiDatasetDescription {
  const count = (split: EmojiDatasetSplit, name?: EmojiClass) =>
    plan.filter((each) => each.split === split && (name === undefined || each.label === name)).length;
  const { size, heldOut, seed, sources } = settings;
  return {
    format: 'softvq-emoji',
    formatVersion: 1,
    size,
    heldOut,
    seed,
    sources,
    pictures: { train: count('train'), 'held-out': count('held-out') },
    classes: emojiClasses.flatMap((name) => {
      const counts = { train: count('train', name), 'held-out': count('held-out', name) };
      return counts.train + counts['held-out'] === 0 ? [] : [{ name, ...counts }];
    }),
  };
}

/** `split.jsonl`: a line for each picture, which is also a manifest that can be loaded. */
export async function writeSplit(folder: string, plan: readonly PlannedEmoji[]): Promise<void> {
  const lines = plan.map(({ entry, label, split, path }) => {
    const { set, name, codePoints, concept, license } = entry;
    return `${JSON.stringify({ path, label, split, set, name, codePoints, concept, license })}\n`;
  });
  await writeText(folder, 'split.jsonl', lines.join(''));
}

/** `LICENSE.md`: who drew the pictures, and on what terms they may be used. */
export async function writeLicence(folder: string, attributions: readonly EmojiAttribution[]): Promise<void> {
  const sections = attributions.map(
    ({ set, title, author, authorUrl, license, licenseTitle, licenseUrl, source }) => `## ${title}

- Files: \`${set}-*.png\`
- Author: ${author}, ${authorUrl}
- Licence: ${licenseTitle} (SPDX: ${license}), ${licenseUrl}
- Source: the npm package ${source}
- Changes: rasterised over white
`,
  );
  const text = `# Licences of the pictures

The pictures keep the licences of their authors. Who passes them on, or publishes what shows them, names the author and
the licence as below. \`split.jsonl\` names the licence of every single file.

${sections.join('\n')}`;
  await writeText(folder, 'LICENSE.md', text);
}

export function writeDescription(folder: string, description: EmojiDatasetDescription): Promise<void> {
  return writeText(folder, 'dataset.json', `${JSON.stringify(description, null, 2)}\n`);
}

export function writeText(folder: string, name: string, text: string): Promise<void> {
  return writeAtomically(join(folder, name), [Buffer.from(text)]);
}
