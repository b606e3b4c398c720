import { fromPretrained as loadTokenizer } from '@softvq/tokenizer/node';
import { cacheLatents, openSplits } from '@softvq/training';
import { openDevice } from '../../node/devices.js';
import { findPart } from '../../node/find-part.js';
import { defineCommand } from '../command.js';
import { downloading } from '../load.js';
import { deviceOptions, modelDescription, withDevice } from '../shared-options.js';

export const cache = defineCommand({
  examples: [
    ['cache runs/tokenizer/model emoji latents', 'keeps latents of all pictures and their mirror images'],
    [
      'train generator --tokenizer runs/tokenizer/model --latents latents --output runs/sit',
      'trains on them',
    ],
  ],
  options: (yargs) =>
    withDevice(yargs)
      .positional('tokenizer', {
        type: 'string',
        demandOption: true,
        describe: `A tokenizer or a pipeline. ${modelDescription}`,
      })
      .positional('dataset', {
        type: 'string',
        demandOption: true,
        describe: 'A folder of pictures, or a .jsonl or .csv file that lists them',
      })
      .positional('folder', { type: 'string', demandOption: true, describe: 'Folder for the latents' })
      .option('held-out', {
        type: 'number',
        default: 0.05,
        describe:
          'Share of the pictures to evaluate on, where there is no folder held-out; as in the training',
      })
      .option('seed', { type: 'number', default: 0, describe: 'Decides which; as in the training' })
      .option('flips', { type: 'boolean', default: true, describe: 'Keep latents of mirror images, too' })
      .option('dtype', {
        choices: ['float32', 'float16'] as const,
        default: 'float32' as const,
        describe: 'What numbers are stored as',
      })
      .option('batch-size', { type: 'number', default: 32, describe: 'Pictures encoded at once' })
      .option('workers', { type: 'number', default: 1, describe: 'Threads that read pictures' })
      .option('broken', {
        choices: ['throw', 'skip'] as const,
        default: 'throw' as const,
        describe: 'What to do about a picture that cannot be read',
      }),
  run: async (args, context) => {
    const { heldOut, seed, flips, dtype, batchSize, workers, broken, folder } = args;
    const splits = await openSplits(args.dataset, { heldOut, seed });
    const tokenizer = await downloading(context, async (hub) =>
      loadTokenizer((await findPart(args.tokenizer, 'tokenizer', hub)).path, hub),
    );
    const { device, ...options } = deviceOptions(args);
    const backend = await openDevice(device, options);
    const bar = context.progress('encoding');
    try {
      const { training, heldOut: other } = await cacheLatents(folder, tokenizer, splits, {
        backend,
        batchSize,
        flips,
        dtype,
        workers,
        broken,
        signal: context.signal,
        onProgress: ({ done, total }) => bar.update(done / total, `${done} of ${total}`),
      });
      bar.clear();
      const { statistics } = training;
      context.result(
        {
          folder,
          entries: { train: training.entries, 'held-out': other.entries },
          latentShape: training.latentShape,
          statistics,
          broken: [...training.broken, ...other.broken],
        },
        `${folder}: latents (${training.latentShape.join(', ')}) of ${training.entries} pictures to train on and ${other.entries} held out, mean ${statistics.mean.toPrecision(6)}, deviation ${statistics.std.toPrecision(6)}`,
      );
    } finally {
      bar.clear();
      await backend.dispose();
    }
  },
});
