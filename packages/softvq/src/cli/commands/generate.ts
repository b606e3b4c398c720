import type { Picture } from '@softvq/data';
import type { ImagePipeline } from '../../node/image-pipeline.js';
import type { ClassInput } from '../../pipeline/class-labels.js';
import type { GenerateOptions } from '../../pipeline/generation-options.js';
import type { GeneratedImages } from '../../pipeline/image-pipeline.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { count as countOf } from '../count.js';
import { UsageError } from '../exit-codes.js';
import { withPipeline } from '../load.js';
import { inRows, writeEach, writeGrid } from '../pictures.js';
import {
  type GuidanceArguments,
  guidanceOf,
  modelDescription,
  withDevice,
  withGuidance,
  withPrecision,
} from '../shared-options.js';

export const generate = defineCommand({
  examples: [
    [
      'generate emoji-sit --class bird --class fruit --count 8 --seed 7',
      'draws eight of each into generated.png',
    ],
    ['generate emoji-sit --class all --guidance 2 --output all.png', 'draws one of every class'],
    [
      'generate emoji-sit --class bird --precision int8 --keep final_layer',
      'draws with smaller, faster products',
    ],
    [
      'generate runs/sit/pipeline --count 4 --each samples --json',
      'writes files and tells machines about them',
    ],
  ],
  options: (yargs) =>
    withGuidance(withPrecision(withDevice(yargs)), "the pipeline's")
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: `A pipeline. ${modelDescription}`,
      })
      .option('class', {
        alias: 'c',
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'A class by name or number, none, or all; may be given several times',
        defaultDescription: 'none',
      })
      .option('count', { alias: 'n', type: 'number', default: 1, describe: 'Images of each class' })
      .option('seed', { type: 'number', default: 0, describe: 'The same seed gives the same images' })
      .option('steps', {
        type: 'number',
        describe: 'Steps of the sampler',
        defaultDescription: "the pipeline's",
      })
      .option('sampler', {
        type: 'string',
        describe: 'ddpm, ddim, euler, heun, dopri5, euler-maruyama, stochastic-heun, or that of a plugin',
        defaultDescription: "the pipeline's",
      })
      .option('temperature', { type: 'number', describe: 'Multiplies the noise that a sampler adds' })
      .option('batch-size', {
        type: 'number',
        describe: 'Images computed at once',
        defaultDescription: 'all',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        default: 'generated.png',
        describe: 'PNG file with all images',
      })
      .option('columns', {
        type: 'number',
        describe: 'Images in a row',
        defaultDescription: 'those of a class',
      })
      .option('each', { type: 'string', describe: 'Folder for a PNG file of each image, too' }),
  run: (args, context) =>
    withPipeline(args.model, args, context, async (pipeline) => {
      const options = optionsOf(args, pipeline, context);
      const made = await drawWithBar(pipeline, options, context);
      const rows = inRows(made.pictures, columnsOf(args, made.pictures.length));
      await writeGrid(args.output, rows, context);
      const names = made.labels.map((label) => pipeline.classLabels.nameOf(label));
      const files =
        args.each === undefined
          ? undefined
          : await writeEach(args.each, filesOf(made.pictures, names), context.signal);
      const images = made.labels.map((label, i) => ({
        class: label,
        name: names[i]!,
        index: i,
        ...(files && { file: files[i]! }),
      }));
      context.result(
        { grid: args.output, seed: args.seed, evaluations: made.evaluations, images },
        [
          `${args.output}: ${countOf(made.pictures.length, 'image')}, seed ${args.seed}`,
          ...legend(names, rows),
        ].join('\n'),
      );
    }),
});

interface Given extends Partial<GuidanceArguments> {
  readonly class?: readonly string[] | undefined;
  readonly count: number;
  readonly seed: number;
  readonly steps?: number | undefined;
  readonly sampler?: string | undefined;
  readonly temperature?: number | undefined;
  readonly batchSize?: number | undefined;
}

function optionsOf(given: Given, pipeline: ImagePipeline, { signal }: Context): GenerateOptions {
  const { count, seed, steps, sampler, temperature, batchSize } = given;
  const chosen = {
    steps,
    sampler,
    temperature,
    batchSize,
    guidance: guidanceOf(given, pipeline.sampling.guidance),
  };
  const present = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
  return { ...present, classes: classesOf(given, pipeline), count, seed, signal };
}

function classesOf({ class: wanted = [] }: Given, { classLabels }: ImagePipeline): ClassInput[] {
  if (wanted.length === 0) return [null];
  return wanted.flatMap((name): ClassInput[] => {
    if (name === 'none' && !classLabels.names.includes(name)) return [null];
    if (name !== 'all' || classLabels.names.includes(name)) return [name];
    return Array.from({ length: classLabels.classes }, (_, label) => label);
  });
}

async function drawWithBar(
  pipeline: ImagePipeline,
  options: GenerateOptions,
  context: Context,
): Promise<GeneratedImages> {
  const bar = context.progress('drawing');
  try {
    return await pipeline.generate({
      ...options,
      onProgress: (event) => {
        if (event.type === 'step') {
          const { batch, step, steps } = event;
          bar.update(
            event.progress,
            `batch ${batch + 1}, step ${step}${steps === undefined ? '' : ` of ${steps}`}`,
          );
        } else if (event.type === 'decode') {
          bar.update(event.progress, `decoding ${event.done} of ${event.total}`);
        }
      },
    });
  } finally {
    bar.clear();
  }
}

function columnsOf(
  { columns, count }: { columns?: number | undefined; count: number },
  images: number,
): number {
  if (columns !== undefined && !(Number.isInteger(columns) && columns >= 1)) {
    throw new UsageError(`--columns is a whole number from 1, not ${columns}`);
  }
  return columns ?? (count > 1 ? count : Math.ceil(Math.sqrt(images)));
}

function filesOf(
  pictures: readonly Picture[],
  names: readonly string[],
): { name: string; picture: Picture }[] {
  const digits = String(pictures.length - 1).length;
  return pictures.map((picture, i) => {
    const readable = names[i]!.toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .slice(0, 40);
    return { name: `${String(i).padStart(digits, '0')}-${readable}`, picture };
  });
}

/** What is in the rows of the grid. */
function legend(names: readonly string[], rows: readonly (readonly Picture[])[]): string[] {
  let start = 0;
  return rows.map((row, i) => {
    const own = names.slice(start, start + row.length);
    start += row.length;
    return `  row ${i + 1}: ${[...new Set(own)].join(', ')}`;
  });
}
