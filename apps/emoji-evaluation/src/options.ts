import { parseArgs } from 'node:util';
import { relativeToCaller, wholeNumber } from '@softvq/console';
import { ArgumentError } from '@softvq/core';

/** The models that are measured, by the names of their folders. */
export const generatorNames = ['sit', 'dit', 'mar'] as const;
export type GeneratorName = (typeof generatorNames)[number];
export type ModelName = 'tokenizer' | GeneratorName;
const modelNames: readonly ModelName[] = ['tokenizer', ...generatorNames];

export interface EvaluationOptions {
  /** Folder of the emoji data set, with `train` and `held-out`. */
  readonly dataset: string;
  /** Folder of the folders of the models. */
  readonly models: string;
  readonly output: string;
  /** Of each generator, at least; there are as many of each class. */
  readonly samples: number;
  readonly sweep: boolean;
  /** Whether samples are also drawn in int8. */
  readonly precisions: boolean;
  /** Of each setting of the sweep, at least; there are as many of each class. */
  readonly sweepSamples: number;
  readonly only: readonly ModelName[];
  readonly seed: number;
}

export const help = `Measures the emoji models against the emoji data set.

  npm run evaluate --workspace @softvq/emoji-evaluation -- [options]

  --dataset <dir>       what "softvq data emoji <dir> --size 64" made (default runs/emoji)
  --models <dir>        has the folders tokenizer, sit, dit and mar; what is missing is left out (default models)
  --output <dir>        where figures, pictures and the classifier go (default out/emoji-evaluation)
  --samples <n>         of each generator, rounded up to as many of each class (default 2040)
  --sweep               also try guidance scales and steps for each generator
  --sweep-samples <n>   of each setting, rounded up to as many of each class (default 600)
  --precisions          also draw the same samples in int8, with more or less of the network left in float32
  --only <names>        only these of tokenizer,sit,dit,mar, with commas between
  --seed <n>            of the classifier, the choice of pictures and the samples (default 0)
  --help                this text

Ctrl-C stops within a step. A classifier that was trained stays and is used again.`;

/**
 * @param args what follows the name of the command.
 * @returns undefined when only the help is asked for.
 * @throws ArgumentError, or the TypeError of Node for a flag that there is not.
 */
export function parseOptions(args: readonly string[]): EvaluationOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dataset: { type: 'string', default: 'runs/emoji' },
      models: { type: 'string', default: 'models' },
      output: { type: 'string', default: 'out/emoji-evaluation' },
      samples: { type: 'string', default: '2040' },
      sweep: { type: 'boolean', default: false },
      'sweep-samples': { type: 'string', default: '600' },
      precisions: { type: 'boolean', default: false },
      only: { type: 'string', default: modelNames.join(',') },
      seed: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    dataset: relativeToCaller(values.dataset),
    models: relativeToCaller(values.models),
    output: relativeToCaller(values.output),
    samples: wholeNumber('samples', values.samples, 1),
    sweep: values.sweep,
    precisions: values.precisions,
    sweepSamples: wholeNumber('sweep-samples', values['sweep-samples'], 1),
    only: values.only.split(',').map((name) => modelName(name.trim())),
    seed: wholeNumber('seed', values.seed, 0),
  };
}

function modelName(text: string): ModelName {
  const name = modelNames.find((each) => each === text);
  if (name !== undefined) return name;
  throw new ArgumentError(`--only names models out of ${modelNames.join(', ')}; "${text}" is none of them`);
}
