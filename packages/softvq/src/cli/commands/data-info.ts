import { join } from 'node:path';
import { ArgumentError, messageOf } from '@softvq/core';
import type { PictureDataset } from '@softvq/data';
import { openDataset, readPicture } from '@softvq/data/node';
import { isFolder } from '../../node/path-kind.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { count } from '../count.js';

export const dataInfo = defineCommand({
  examples: [
    ['data info emoji', 'counts'],
    ['data info photos --check', 'reads every picture'],
  ],
  options: (yargs) =>
    yargs
      .positional('dataset', {
        type: 'string',
        demandOption: true,
        describe: 'A folder of pictures, or a .jsonl or .csv file that lists them',
      })
      .option('check', {
        type: 'boolean',
        default: false,
        describe: 'Read every picture and tell which are broken',
      }),
  run: async ({ dataset: path, check }, context) => {
    const parts = await openParts(path);
    const described = [];
    const lines = [];
    let broken = 0;
    for (const [name, dataset] of parts) {
      const counts = countsOf(dataset);
      const problems = check ? await findBroken(dataset, context) : [];
      broken += problems.length;
      described.push({
        name,
        pictures: dataset.length,
        fingerprint: dataset.fingerprint,
        classes: counts,
        ...(check && { broken: problems }),
      });
      lines.push(
        `${name}: ${count(dataset.length, 'picture')}, ${counts.length === 0 ? 'without classes' : `in ${counts.length} classes`}`,
      );
      lines.push(...counts.map((each) => `  ${String(each.pictures).padStart(7)}  ${each.name}`));
      lines.push(...problems.map(({ reason }) => `  broken: ${reason}`));
    }
    context.result({ dataset: path, parts: described }, lines.join('\n'));
    if (broken > 0) {
      throw new ArgumentError(
        `${count(broken, 'picture')} in ${path} cannot be read; remove what is broken, or train with --broken skip`,
      );
    }
  },
});

/** The folders train and held-out, where there are both, or all. */
async function openParts(path: string): Promise<[string, PictureDataset][]> {
  const splits = ['train', 'held-out'].map((name) => join(path, name));
  const present = await Promise.all(splits.map(isFolder));
  const paths = present.every(Boolean) ? splits : [path];
  return Promise.all(
    paths.map(async (each): Promise<[string, PictureDataset]> => [each, await openDataset(each)]),
  );
}

function countsOf({ classes, labels }: PictureDataset): { name: string; pictures: number }[] {
  const counts = new Array<number>(classes.length).fill(0);
  if (classes.length > 0) for (const label of labels) counts[label]! += 1;
  return classes.map((name, label) => ({ name, pictures: counts[label]! }));
}

async function findBroken(
  dataset: PictureDataset,
  context: Context,
): Promise<{ name: string; reason: string }[]> {
  const bar = context.progress('reading');
  const broken: { name: string; reason: string }[] = [];
  try {
    for (let i = 0; i < dataset.length; i++) {
      context.signal.throwIfAborted();
      const name = dataset.nameOf(i);
      await readPicture(name).catch((error: unknown) => {
        broken.push({ name, reason: messageOf(error) });
      });
      bar.update((i + 1) / dataset.length, `${i + 1} of ${dataset.length}`);
    }
  } finally {
    bar.clear();
  }
  return broken;
}
