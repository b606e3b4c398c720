import { mkdir, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { ArgumentError, BackendError } from '@softvq/core';
import { writePng } from '../../node/picture-file.js';
import { emojiLicences } from '../emoji-licences.js';
import { checkEmojiSets, type EmojiSet, emojiSets } from '../emoji-sets.js';
import { type EmojiEntry, listEmoji } from '../list-emoji.js';
import { rasteriseEmoji } from '../rasterise-emoji.js';
import {
  describeEmojiDataset,
  type EmojiDatasetDescription,
  writeDescription,
  writeLicence,
  writeSplit,
} from './emoji-dataset-files.js';
import { finishEmojiDatasetFolder, openEmojiDatasetFolder } from './emoji-dataset-folder.js';
import { type PlannedEmoji, planEmojiDataset, usualEmojiSplit } from './plan-emoji-dataset.js';

export interface BuildEmojiDatasetOptions {
  /** Pixels on each side of the pictures: 8 to 1024. */
  readonly size: number;
  /** Default: all. */
  readonly sets?: readonly EmojiSet[] | undefined;
  /** The share of concepts in each class to hold out, from 0 to below 1. Default 0.1. */
  readonly heldOut?: number | undefined;
  /** Decides which. Default 0. */
  readonly seed?: number | undefined;
  /** How many processes draw. Default: as many as the machine runs at once. */
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as pictures are written, the last time with `done` equal to `total`. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** Pixels held in memory at once: 192 MiB. */
const pixelsAtOnce = 2 ** 26;
const filesWrittenAtOnce = 8;

/**
 * Makes a labelled data set of emoji pictures in a folder: `train/CLASS/SET-NAME.png` and `held-out/CLASS/…`, which
 * `openDataset` opens, with `dataset.json` (classes and counts), `split.jsonl` (every picture, its side, its licence)
 * and `LICENSE.md` (the attributions it has to be passed on with).
 *
 * What is there already is kept: interrupted, it goes on when called again, and complete, it does nothing. `dataset.json`
 * is written last, so a folder with it is complete.
 *
 * @throws ArgumentError for an option out of its range, or a folder that holds anything else or cannot be written
 * @throws BackendError if the drawing processes cannot start, or a drawing fails
 * @throws the signal's reason once it is aborted; no process is left running
 */
export async function buildEmojiDataset(
  folder: string,
  options: BuildEmojiDatasetOptions,
): Promise<EmojiDatasetDescription> {
  const {
    size,
    heldOut = usualEmojiSplit.heldOut,
    seed = usualEmojiSplit.seed,
    signal,
    onProgress,
  } = options;
  if (!Number.isInteger(size) || size < 8 || size > 1024) {
    throw new ArgumentError(
      `buildEmojiDataset: size is ${size}; it must be a whole number of pixels in 8...1024`,
    );
  }
  signal?.throwIfAborted();
  const sets = checkEmojiSets(options.sets ?? emojiSets);
  const attributions = await emojiLicences(sets);
  const plan = planEmojiDataset(await listEmoji({ sets }), { heldOut, seed });
  const description = describeEmojiDataset(plan, {
    size,
    heldOut,
    seed,
    sources: attributions.map(({ source }) => source),
  });
  signal?.throwIfAborted();
  const total = plan.length;
  if ((await openEmojiDatasetFolder(folder, description)) === 'complete') {
    onProgress?.({ done: total, total });
    return description;
  }
  const missing = await withoutExisting(folder, plan);
  let done = total - missing.length;
  const chunk = Math.max(1, Math.floor(pixelsAtOnce / size ** 2));
  for (let start = 0; start < missing.length; start += chunk) {
    await drawAndWrite(folder, missing.slice(start, start + chunk), options, () => {
      onProgress?.({ done: ++done, total });
    });
  }
  if (missing.length === 0) onProgress?.({ done, total });
  await writeSplit(folder, plan);
  await writeLicence(folder, attributions);
  await writeDescription(folder, description);
  await finishEmojiDatasetFolder(folder);
  return description;
}

/** Makes the folders of the classes and returns what is not in them yet. A file that is there is whole. */
async function withoutExisting(folder: string, plan: readonly PlannedEmoji[]): Promise<PlannedEmoji[]> {
  const existing = new Set<string>();
  for (const below of new Set(plan.map(({ path }) => dirname(path)))) {
    try {
      await mkdir(join(folder, below), { recursive: true });
      for (const name of await readdir(join(folder, below))) existing.add(`${below}/${name}`);
    } catch (cause) {
      throw new ArgumentError(`${join(folder, below)} cannot be made: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  return plan.filter(({ path }) => !existing.has(path));
}

async function drawAndWrite(
  folder: string,
  plan: readonly PlannedEmoji[],
  { size, workers = availableParallelism(), signal }: BuildEmojiDatasetOptions,
  onWritten: () => void,
): Promise<void> {
  const pathOf = new Map<EmojiEntry, string>(plan.map(({ entry, path }) => [entry, join(folder, path)]));
  const pictures = await rasteriseEmoji(
    plan.map(({ entry }) => entry),
    {
      size,
      workers,
      signal,
      onSkipped: ({ set, name }, reason) => {
        throw new BackendError(`buildEmojiDataset: ${name} of ${set} cannot be drawn: ${reason}`);
      },
    },
  );
  let next = 0;
  async function writeRemaining(): Promise<void> {
    for (let each = pictures[next++]; each !== undefined; each = pictures[next++]) {
      signal?.throwIfAborted();
      await writePng(pathOf.get(each.entry)!, each.picture);
      onWritten();
    }
  }
  await Promise.all(Array.from({ length: filesWrittenAtOnce }, writeRemaining));
}
