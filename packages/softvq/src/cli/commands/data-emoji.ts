import { join } from 'node:path';
import { buildEmojiDataset } from '@softvq/data/emoji';
import { defineCommand } from '../command.js';

export const dataEmoji = defineCommand({
  examples: [
    ['data emoji emoji --size 64', 'draws 5,181 pictures of 60 classes, with split and licences'],
    ['data emoji emoji-128 --size 128 --held-out 0.2', 'holds out a fifth'],
  ],
  options: (yargs) =>
    yargs
      .positional('folder', { type: 'string', demandOption: true, describe: 'Folder for the pictures' })
      .option('size', { type: 'number', default: 64, describe: 'Pixels on a side, from 8 to 1024' })
      .option('held-out', {
        type: 'number',
        default: 0.1,
        describe: 'Share of what is shown that is held out',
      })
      .option('seed', { type: 'number', default: 0, describe: 'Decides what is held out' })
      .option('workers', {
        type: 'number',
        describe: 'Processes that draw',
        defaultDescription: 'one a core',
      }),
  run: async ({ folder, size, heldOut, seed, workers }, context) => {
    const bar = context.progress('drawing');
    try {
      const made = await buildEmojiDataset(folder, {
        size,
        heldOut,
        seed,
        workers,
        signal: context.signal,
        onProgress: ({ done, total }) => bar.update(done / total, `${done} of ${total}`),
      });
      bar.clear();
      const { train, 'held-out': other } = made.pictures;
      context.result(
        { folder, ...made },
        `${folder}: ${train} pictures to train on and ${other} held out, of ${made.classes.length} classes; licences in ${join(folder, 'LICENSE.md')}`,
      );
    } finally {
      bar.clear();
    }
  },
});
