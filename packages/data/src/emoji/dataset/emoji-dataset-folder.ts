import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { usableFolder } from '../../node/usable-folder.js';
import { type EmojiDatasetDescription, writeText } from './emoji-dataset-files.js';

/** Holds the description of a data set that is not complete yet, so that another one is not mixed into it. */
const unfinishedName = 'dataset.unfinished.json';

/**
 * Makes the folder, or finds what is in it already: nothing, a part of this very data set, or all of it.
 *
 * @throws ArgumentError if it cannot be made or read, or holds anything else
 */
export async function openEmojiDatasetFolder(
  folder: string,
  description: EmojiDatasetDescription,
): Promise<'unfinished' | 'complete'> {
  const names = await usableFolder(folder);
  if (names.includes('dataset.json')) {
    await checkSame(folder, 'dataset.json', description);
    return 'complete';
  }
  if (names.includes(unfinishedName)) {
    await checkSame(folder, unfinishedName, description);
  } else if (names.length > 0) {
    throw new ArgumentError(`${folder} holds other files, such as ${names[0]}; give a new or empty folder`);
  } else {
    await writeText(folder, unfinishedName, textOf(description));
  }
  return 'unfinished';
}

/** To be called when `dataset.json` is there. */
export function finishEmojiDatasetFolder(folder: string): Promise<void> {
  return rm(join(folder, unfinishedName), { force: true });
}

async function checkSame(folder: string, name: string, description: EmojiDatasetDescription): Promise<void> {
  const path = join(folder, name);
  let found: Partial<EmojiDatasetDescription>;
  try {
    found = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ArgumentError(`${path} cannot be understood; give a new or empty folder`, { cause });
  }
  if (textOf(found) === textOf(description)) return;
  const settings = (['size', 'heldOut', 'seed', 'sources'] as const).find(
    (key) => JSON.stringify(found?.[key]) !== JSON.stringify(description[key]),
  );
  const difference =
    settings === undefined
      ? 'made by another version'
      : `${settings} is ${JSON.stringify(found?.[settings])} there and ${JSON.stringify(description[settings])} here`;
  throw new ArgumentError(`${folder} holds another data set (${difference}); give a new or empty folder`);
}

function textOf(description: Partial<EmojiDatasetDescription>): string {
  return JSON.stringify(description);
}
