import { ArgumentError, type Precision, type PrecisionName } from '@softvq/core';
import type { Argv } from 'yargs';
import { type DeviceName, deviceNames } from '../node/devices.js';
import type { SamplingDefaults } from '../pipeline/sampling-defaults.js';
import { UsageError } from './exit-codes.js';

/** Flags that say what computes. */
export interface DeviceArguments {
  readonly device: DeviceName;
  readonly threads: number | undefined;
}

export function withDevice<Args>(yargs: Argv<Args>): Argv<Args & DeviceArguments> {
  return yargs
    .option('device', {
      choices: deviceNames,
      default: 'cpu' as DeviceName,
      describe: 'What computes; softvq backends lists what is available',
    })
    .option('threads', {
      type: 'number',
      describe: 'Threads that compute',
      defaultDescription: 'one a core',
    }) as unknown as Argv<Args & DeviceArguments>;
}

/** Flags that say what the generator of a pipeline is computed in. */
export interface PrecisionArguments {
  readonly precision: PrecisionName | undefined;
  readonly keep: readonly string[] | undefined;
}

export function withPrecision<Args>(yargs: Argv<Args>): Argv<Args & PrecisionArguments> {
  return yargs
    .option('precision', {
      choices: ['float32', 'float16', 'int8'] as const,
      describe: 'What the products of the generator are computed in',
      defaultDescription: 'float32',
    })
    .option('keep', {
      type: 'string',
      array: true,
      nargs: 1,
      implies: 'precision',
      describe: 'Layers that stay in float32, by a regular expression; softvq inspect --tensors lists names',
    }) as unknown as Argv<Args & PrecisionArguments>;
}

/** @throws ArgumentError for what is no regular expression. */
export function precisionOf({ precision, keep = [] }: Partial<PrecisionArguments>): Precision | undefined {
  if (precision === undefined) return undefined;
  return keep.length === 0 ? precision : { compute: precision, keep: keep.map(expressionOf) };
}

function expressionOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new ArgumentError(`--keep takes regular expressions: ${(cause as Error).message}`, { cause });
  }
}

/** Flags that say what a saved model is stored as. */
export function withDtype<Args>(
  yargs: Argv<Args>,
): Argv<Args & { dtype: 'float32' | 'float16' | undefined }> {
  return yargs.option('dtype', {
    choices: ['float32', 'float16'] as const,
    describe: 'What numbers are stored as; float16 takes half the space',
    defaultDescription: 'as they are',
  }) as unknown as Argv<Args & { dtype: 'float32' | 'float16' | undefined }>;
}

/** The options of a device, without those that are not given. */
export function deviceOptions({ device, threads }: DeviceArguments): {
  device: DeviceName;
  threads?: number;
} {
  return threads === undefined ? { device } : { device, threads };
}

export const modelDescription =
  'A folder, a model that comes as an npm package (emoji-sit), or owner/name on the Hugging Face hub';

/** What computes, and the model of a command that needs no generator. */
export function withTokenizerModel<Args>(
  yargs: Argv<Args>,
): Argv<Args & DeviceArguments & { model: string }> {
  return withDevice(yargs).positional('model', {
    type: 'string',
    demandOption: true,
    describe: `A tokenizer or a pipeline. ${modelDescription}`,
  }) as unknown as Argv<Args & DeviceArguments & { model: string }>;
}

/** The pictures that a command works on. */
export function withPictures<Args>(yargs: Argv<Args>): Argv<Args & { pictures: string[] }> {
  return yargs.positional('pictures', {
    type: 'string',
    array: true,
    demandOption: true,
    describe: 'Files or folders',
  }) as unknown as Argv<Args & { pictures: string[] }>;
}

/** Flags for classifier-free guidance. */
export interface GuidanceArguments {
  readonly guidance: number | undefined;
  readonly guidanceInterval: readonly number[] | undefined;
}

/** `otherwise` says what holds without them. */
export function withGuidance<Args>(yargs: Argv<Args>, otherwise: string): Argv<Args & GuidanceArguments> {
  return yargs
    .option('guidance', {
      type: 'number',
      describe: 'Scale of classifier-free guidance; 1 for none',
      defaultDescription: otherwise,
    })
    .option('guidance-interval', {
      type: 'number',
      array: true,
      nargs: 2,
      describe: 'Times from 0 (image) to 1 (noise) between which guidance is active',
      defaultDescription: otherwise,
    }) as unknown as Argv<Args & GuidanceArguments>;
}

/** @throws UsageError for an interval without a scale. */
export function guidanceOf(
  { guidance, guidanceInterval }: Partial<GuidanceArguments>,
  defaults?: SamplingDefaults['guidance'],
): SamplingDefaults['guidance'] {
  if (guidance === undefined && guidanceInterval === undefined) return undefined;
  const scale = guidance ?? defaults?.scale;
  if (scale === undefined) {
    throw new UsageError(
      '--guidance-interval says when guidance is active; give its scale by --guidance, too',
    );
  }
  if (guidanceInterval === undefined) return { ...defaults, scale };
  const [low, high] = guidanceInterval as readonly [number, number];
  return { ...defaults, scale, interval: [low, high] };
}
