import { readFile } from 'node:fs/promises';
import { joinModels } from '../../node/join-models.js';
import type { SamplingDefaults } from '../../pipeline/sampling-defaults.js';
import { defineCommand } from '../command.js';
import { UsageError } from '../exit-codes.js';
import { downloading } from '../load.js';
import {
  type GuidanceArguments,
  guidanceOf,
  modelDescription,
  withDtype,
  withGuidance,
} from '../shared-options.js';

export const join = defineCommand({
  examples: [
    ['join runs/tokenizer/model runs/sit/model pipelines/sit', 'joins what was trained'],
    [
      'join SoftVQVAE/softvq-l-64 SoftVQVAE/sit-xl_softvq-l-64 sit-xl --labels imagenet.txt --guidance 1.75',
      'joins official models',
    ],
    [
      'join runs/tokenizer/model runs/mar/model models/mar --dtype float16 --share-tokenizer models/tokenizer',
      'takes a copy that other pipelines beside it use, too',
    ],
  ],
  options: (yargs) =>
    withGuidance(withDtype(yargs), 'none')
      .positional('tokenizer', {
        type: 'string',
        demandOption: true,
        describe: `A tokenizer. ${modelDescription}`,
      })
      .positional('generator', {
        type: 'string',
        demandOption: true,
        describe: 'A generator, found likewise',
      })
      .positional('folder', { type: 'string', demandOption: true, describe: 'Folder for the pipeline' })
      .option('labels', {
        type: 'string',
        describe: 'Text file with the name of a class on each line',
        defaultDescription: 'as trained',
      })
      .option('mean', { type: 'number', describe: 'Mean of the latents', defaultDescription: 'as trained' })
      .option('std', {
        type: 'number',
        describe: 'Deviation of the latents',
        defaultDescription: 'as trained',
      })
      .option('sampler', { type: 'string', describe: 'Default sampler of the pipeline' })
      .option('steps', { type: 'number', describe: 'Default number of steps of the pipeline' })
      .option('share-tokenizer', {
        type: 'string',
        describe:
          'Folder beside that of the pipeline with its tokenizer, saved already, to use in place of a copy',
      }),
  run: async (args, context) => {
    const { mean, std, dtype, shareTokenizer } = args;
    if ((mean === undefined) !== (std === undefined)) {
      throw new UsageError('--mean and --std belong together; give both or neither');
    }
    const labels = args.labels === undefined ? undefined : await readLines(args.labels);
    const pipeline = await downloading(context, (hub) =>
      joinModels(
        args.tokenizer,
        args.generator,
        {
          ...(mean !== undefined && std !== undefined && { latentStatistics: { mean, std } }),
          ...(labels && { classLabels: labels }),
          ...samplingOf(args),
        },
        hub,
      ),
    );
    context.signal.throwIfAborted();
    await pipeline.save(args.folder, {
      ...(dtype !== undefined && { dtype }),
      ...(shareTokenizer !== undefined && { sharedTokenizer: shareTokenizer }),
    });
    const { generator, latentStatistics, classLabels } = pipeline;
    context.result(
      {
        folder: args.folder,
        generator: generator.name,
        latentShape: generator.latentShape,
        latentStatistics,
        classes: classLabels.classes,
      },
      `${args.folder}: a pipeline of ${generator.name} with ${classLabels.classes} classes; draw with softvq generate ${args.folder}`,
    );
  },
});

function samplingOf({
  sampler,
  steps,
  ...others
}: Partial<GuidanceArguments> & {
  readonly sampler?: string | undefined;
  readonly steps?: number | undefined;
}): { sampling?: SamplingDefaults } {
  const guidance = guidanceOf(others);
  if (sampler === undefined && steps === undefined && guidance === undefined) return {};
  return {
    sampling: {
      ...(sampler !== undefined && { sampler }),
      ...(steps !== undefined && { steps }),
      ...(guidance !== undefined && { guidance }),
    },
  };
}

async function readLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
}
