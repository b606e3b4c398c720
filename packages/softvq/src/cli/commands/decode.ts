import { FileFormatError, fromHost } from '@softvq/core';
import { openCheckpoint } from '@softvq/core/node';
import { defineCommand } from '../command.js';
import { count } from '../count.js';
import { withTokenizer } from '../load.js';
import { fileNamesOf, inRows, writeEach, writeGrid } from '../pictures.js';
import { withTokenizerModel } from '../shared-options.js';
import { latentsName } from './encode.js';

export const decode = defineCommand({
  examples: [['decode emoji-sit latents.safetensors --output decoded.png', 'draws what encode wrote']],
  options: (yargs) =>
    withTokenizerModel(yargs)
      .positional('latents', {
        type: 'string',
        demandOption: true,
        describe: 'A .safetensors file with a tensor "latents", as encode writes it',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        default: 'decoded.png',
        describe: 'PNG file with all pictures',
      })
      .option('each', { type: 'string', describe: 'Folder for a PNG file of each picture, too' }),
  run: async (args, context) => {
    const file = await openCheckpoint(args.latents);
    const stored = file.tensors.get(latentsName);
    if (stored === undefined) {
      const names = [...file.tensors.keys()].slice(0, 5).join(', ');
      throw new FileFormatError(args.latents, `it has no tensor "${latentsName}", only ${names}`);
    }
    const latents = fromHost(await stored.read());
    await withTokenizer(args.model, args, context, async (pipeline) => {
      const bar = context.progress('decoding');
      const { pictures } = await pipeline
        .decode(latents, {
          signal: context.signal,
          onProgress: ({ done, total }) => bar.update(done / total, `${done} of ${total}`),
        })
        .finally(() => bar.clear());
      await writeGrid(args.output, inRows(pictures, Math.ceil(Math.sqrt(pictures.length))), context);
      const names = namesOf(file.metadata['pictures'], pictures.length);
      const files =
        args.each === undefined
          ? undefined
          : await writeEach(
              args.each,
              pictures.map((picture, i) => ({ name: names[i]!, picture })),
              context.signal,
            );
      context.result(
        { grid: args.output, count: pictures.length, ...(files && { files }) },
        `${args.output}: ${count(pictures.length, 'picture')}`,
      );
    });
  },
});

/** What the pictures were called when they were encoded, or numbers. */
function namesOf(metadata: string | undefined, count: number): string[] {
  let names: unknown;
  try {
    names = JSON.parse(metadata ?? '');
  } catch {
    names = undefined;
  }
  return Array.isArray(names) && names.length === count
    ? fileNamesOf(names.map(String))
    : Array.from({ length: count }, (_, i) => String(i).padStart(4, '0'));
}
