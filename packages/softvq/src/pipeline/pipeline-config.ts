import { ArgumentError } from '@softvq/core';
import type { LatentStatistics } from './pipeline-parts.js';
import type { SamplingDefaults } from './sampling-defaults.js';

/** The file that makes a folder a pipeline. */
export const pipelineFileName = 'pipeline.json';

/** One model of a saved pipeline. */
export interface SavedPart {
  /**
   * Where its `config.json` and weights are, from the folder of the pipeline: in it (`generator`), or, of a tokenizer
   * that several pipelines share, beside it (`../tokenizer`).
   */
  readonly folder: string;
  /** The name it is registered by: `SoftVQ`, `SiT`, or that of a plugin. */
  readonly className: string;
  /** The npm package that registers it, for plugins. */
  readonly module?: string;
}

/** What `pipeline.json` says. */
export interface PipelineConfig {
  readonly format: 'softvq-pipeline';
  readonly formatVersion: 1;
  readonly tokenizer: SavedPart;
  readonly generator: SavedPart;
  /** Of the latents the generator was trained on. */
  readonly latentStatistics: LatentStatistics;
  /** Of one image. */
  readonly latentShape: readonly number[];
  /** Height and width of the images. */
  readonly imageSize: number;
  /** By number; empty where classes have no names. */
  readonly classLabels: readonly string[];
  readonly sampling: SamplingDefaults;
}

/** @throws ArgumentError that names the field that is missing or wrong, and what it must be. */
export function parsePipelineConfig(json: unknown): PipelineConfig {
  const fields = groupOf('the file', json);
  if (fields['format'] !== 'softvq-pipeline') {
    throw new ArgumentError(`"format" must be "softvq-pipeline", not ${show(fields['format'])}`);
  }
  if (fields['formatVersion'] !== 1) {
    throw new ArgumentError(
      `"formatVersion" is ${show(fields['formatVersion'])}, and this version of softvq reads 1; a newer one may read it`,
    );
  }
  return {
    format: 'softvq-pipeline',
    formatVersion: 1,
    tokenizer: partOf(
      'tokenizer',
      fields['tokenizer'],
      (folder) => isInnerPath(folder) || isSiblingPath(folder),
      'the path of a folder in that of the pipeline, or beside it: ../tokenizer',
    ),
    generator: partOf(
      'generator',
      fields['generator'],
      isInnerPath,
      'the path of a folder in that of the pipeline',
    ),
    latentStatistics: statisticsOf(fields['latentStatistics']),
    latentShape: listOf('latentShape', fields['latentShape'], isSize, 'whole numbers from 1'),
    imageSize: checked('imageSize', fields['imageSize'], isSize, 'a whole number from 1'),
    classLabels: listOf('classLabels', fields['classLabels'] ?? [], isText, 'texts'),
    sampling: parseSampling(fields['sampling'] ?? {}),
  };
}

function partOf(name: string, json: unknown, isFolder: (path: string) => boolean, wanted: string): SavedPart {
  const fields = groupOf(`"${name}"`, json);
  const isAllowed = (value: unknown): value is string => isText(value) && isFolder(value);
  const folder = checked(`${name}.folder`, fields['folder'], isAllowed, wanted);
  const className = checked(`${name}.className`, fields['className'], isText, 'the name of a class');
  const { module } = fields;
  if (module === undefined) return { folder, className };
  return {
    folder,
    className,
    module: checked(`${name}.module`, module, isPackageName, 'the name of an npm package'),
  };
}

/**
 * Whether the path of a part is that of a folder beside the pipeline's. A saved file must not choose what else on this
 * machine is read.
 */
export function isSiblingPath(path: string): boolean {
  return path.startsWith('../') && isName(path.slice(3));
}

function isInnerPath(path: string): boolean {
  return path.split('/').every(isName);
}

/** Whether a name leads into no other folder, whatever the platform. */
function isName(name: string): boolean {
  return /^(?!\.\.?$)[^\\/:\p{Cc}]+$/u.test(name);
}

function statisticsOf(json: unknown): LatentStatistics {
  if (json === undefined) {
    throw new ArgumentError(
      '"latentStatistics" is missing; it must be the { "mean", "std" } of the latents that the generator was trained on, or its images are noise',
    );
  }
  const fields = groupOf('"latentStatistics"', json);
  return {
    mean: checked('latentStatistics.mean', fields['mean'], isNumber, 'a number'),
    std: checked('latentStatistics.std', fields['std'], isPositive, 'a number above 0'),
  };
}

/** @throws ArgumentError that names the field and what it must be. */
export function parseSampling(json: unknown): SamplingDefaults {
  const { sampler, steps, guidance, temperature } = groupOf('"sampling"', json);
  return {
    ...(sampler !== undefined && { sampler: checked('sampling.sampler', sampler, isText, 'a name') }),
    ...(steps !== undefined && { steps: checked('sampling.steps', steps, isSize, 'a whole number from 1') }),
    ...(guidance !== undefined && { guidance: guidanceOf(guidance) }),
    ...(temperature !== undefined && {
      temperature: checked('sampling.temperature', temperature, isAmount, 'a number from 0'),
    }),
  };
}

function guidanceOf(json: unknown): NonNullable<SamplingDefaults['guidance']> {
  const { scale, interval, schedule } = groupOf('"sampling.guidance"', json);
  const schedules = ['constant', 'linear'] as const;
  const isSchedule = (value: unknown): value is (typeof schedules)[number] =>
    schedules.some((each) => each === value);
  const isInterval = (value: unknown): value is readonly [number, number] => {
    if (!Array.isArray(value) || value.length !== 2) return false;
    const [low, high] = value as unknown[];
    return isAmount(low) && isAmount(high) && low <= high && high <= 1;
  };
  return {
    scale: checked('sampling.guidance.scale', scale, isAmount, 'a number from 0'),
    ...(interval !== undefined && {
      interval: checked('sampling.guidance.interval', interval, isInterval, 'two times in [0, 1], in order'),
    }),
    ...(schedule !== undefined && {
      schedule: checked('sampling.guidance.schedule', schedule, isSchedule, `one of ${schedules.join(', ')}`),
    }),
  };
}

type Check<Value> = (value: unknown) => value is Value;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isAmount = (value: unknown): value is number => isNumber(value) && value >= 0;
const isPositive = (value: unknown): value is number => isNumber(value) && value > 0;
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && isPositive(value);
/** No path and no address: a saved file must not choose what code on this machine is run. */
const isPackageName = (value: unknown): value is string =>
  typeof value === 'string' && /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(value);

function checked<Value>(name: string, value: unknown, check: Check<Value>, wanted: string): Value {
  if (check(value)) return value;
  const found = value === undefined ? 'is missing' : `is ${show(value)}`;
  throw new ArgumentError(`"${name}" ${found}; it must be ${wanted}`);
}

function listOf<Value>(name: string, value: unknown, check: Check<Value>, wanted: string): Value[] {
  const isList = (list: unknown): list is Value[] => Array.isArray(list) && list.every(check);
  return checked(name, value, isList, `a list of ${wanted}`);
}

function groupOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ArgumentError(
    `${name} ${value === undefined ? 'is missing' : `is ${show(value)}`}; it must be an object`,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
