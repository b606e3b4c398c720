import type { HostTensor } from '@softvq/core';
import { psnr } from '@softvq/evaluation';
import { defineCommand } from '../command.js';
import { count } from '../count.js';
import { withTokenizer } from '../load.js';
import { fileNamesOf, inRows, readPictures, writeEach, writeGrid } from '../pictures.js';
import { withPictures, withTokenizerModel } from '../shared-options.js';

const columns = 8;

export const reconstruct = defineCommand({
  examples: [
    ['reconstruct emoji-sit cat.png dog.png', 'puts originals above reconstructions into reconstructed.png'],
    ['reconstruct runs/tokenizer/model photos --each out', 'writes a file for each picture of a folder'],
  ],
  options: (yargs) =>
    withPictures(withTokenizerModel(yargs))
      .option('output', {
        alias: 'o',
        type: 'string',
        default: 'reconstructed.png',
        describe: 'PNG file with originals above reconstructions',
      })
      .option('each', { type: 'string', describe: 'Folder for a PNG file of each reconstruction, too' }),
  run: async (args, context) => {
    const pictures = await readPictures(args.pictures, context.signal);
    await withTokenizer(args.model, args, context, async (pipeline) => {
      const bar = context.progress('reconstructing');
      const made = await pipeline
        .reconstruct(
          pictures.map(({ picture }) => picture),
          {
            signal: context.signal,
            onProgress: ({ done, total }) => bar.update(done / total, `${done} of ${total}`),
          },
        )
        .finally(() => bar.clear());
      const figures = psnr(
        (await made.images.host()) as HostTensor<'float32'>,
        (await made.originals.images.host()) as HostTensor<'float32'>,
      );
      const above = inRows(made.originals.pictures, columns);
      const below = inRows(made.pictures, columns);
      await writeGrid(
        args.output,
        above.flatMap((row, i) => [row, below[i]!]),
        context,
      );
      const names = fileNamesOf(pictures.map(({ name }) => name));
      const each = made.pictures.map((picture, i) => ({ name: names[i]!, picture }));
      const files = args.each === undefined ? undefined : await writeEach(args.each, each, context.signal);
      const mean = figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
      context.result(
        {
          grid: args.output,
          psnr: mean,
          pictures: pictures.map(({ name }, i) => ({
            name,
            psnr: figures[i],
            ...(files && { file: files[i] }),
          })),
        },
        [
          `${args.output}: ${count(pictures.length, 'picture')} above reconstructions, PSNR ${mean.toFixed(2)} dB`,
          ...pictures.map(({ name }, i) => `  ${name}: ${figures[i]!.toFixed(2)} dB`),
        ].join('\n'),
      );
    });
  },
});
