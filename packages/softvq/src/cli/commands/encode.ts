import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { encodeSafetensors } from '@softvq/core/io';
import { writeFileAtomic } from '@softvq/core/node';
import { defineCommand } from '../command.js';
import { count } from '../count.js';
import { withTokenizer } from '../load.js';
import { readPictures } from '../pictures.js';
import { withPictures, withTokenizerModel } from '../shared-options.js';

/** The tensor in a file of latents. */
export const latentsName = 'latents';

export const encode = defineCommand({
  examples: [
    ['encode emoji-sit cat.png dog.png', 'writes latents.safetensors'],
    ['encode runs/tokenizer/model photos --output photos.safetensors', 'encodes all pictures of a folder'],
  ],
  options: (yargs) =>
    withPictures(withTokenizerModel(yargs)).option('output', {
      alias: 'o',
      type: 'string',
      default: 'latents.safetensors',
      describe: 'File for the latents, with the names of the pictures as metadata',
    }),
  run: async (args, context) => {
    const pictures = await readPictures(args.pictures, context.signal);
    await withTokenizer(args.model, args, context, async (pipeline) => {
      const bar = context.progress('encoding');
      const latents = await pipeline
        .encode(
          pictures.map(({ picture }) => picture),
          {
            signal: context.signal,
            onProgress: ({ done, total }) => bar.update(done / total, `${done} of ${total}`),
          },
        )
        .finally(() => bar.clear());
      const names = pictures.map(({ name }) => name);
      const host = await latents.host();
      await mkdir(dirname(args.output), { recursive: true });
      await writeFileAtomic(
        args.output,
        encodeSafetensors([[latentsName, host]], { pictures: JSON.stringify(names) }),
      );
      context.result(
        { file: args.output, shape: host.shape, pictures: names },
        `${args.output}: latents (${host.shape.join(', ')}) of ${count(names.length, 'picture')}`,
      );
    });
  },
});
