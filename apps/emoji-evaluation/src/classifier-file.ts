import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  ArgumentError,
  FileFormatError,
  fromHost,
  type HostTensor,
  messageOf,
  SoftVQError,
  type Tensor,
} from '@softvq/core';
import type { StoredTensor } from '@softvq/core/io';
import { openCheckpoint, readConfigFile, saveModelFolder } from '@softvq/core/node';
import type { EmojiClassifier } from './classifier.js';
import type { ClassifierRecipe } from './train-classifier.js';

/** What a saved classifier was made with. It is used again only where all of it is the same. */
export interface ClassifierOrigin {
  readonly classes: readonly string[];
  /** Of the pictures it was trained on. */
  readonly fingerprint: string;
  readonly imageSize: number;
  readonly seed: number;
  readonly widths: readonly number[];
  readonly recipe: ClassifierRecipe;
}

const format = 'emoji-classifier';
const configName = 'config.json';

/** Writes `config.json` and `model.safetensors` into a folder. Cut short, it leaves a folder without a classifier. */
export async function saveClassifier(
  folder: string,
  classifier: EmojiClassifier,
  origin: ClassifierOrigin,
): Promise<void> {
  // The config is what makes the weights a classifier, and comes last.
  await rm(join(folder, configName), { force: true });
  await saveModelFolder(folder, { stateDict: classifier.stateDict(), config: { format, ...origin } });
}

/**
 * Reads a classifier that `saveClassifier` wrote.
 *
 * @param blank a classifier of the same sizes; its tensors are replaced.
 * @returns undefined where there is none, or one of another origin; then `blank` is as it was.
 * @throws FileFormatError for a config that is none of a classifier, and for weights that are missing, malformed, of
 * other names or shapes, or not finite.
 */
export async function readClassifier(
  folder: string,
  blank: EmojiClassifier,
  origin: ClassifierOrigin,
): Promise<EmojiClassifier | undefined> {
  const config = join(folder, configName);
  if (!(await exists(config))) return undefined;
  const found = await readConfigFile(config, parseConfig);
  if (!isDeepStrictEqual(found, JSON.parse(JSON.stringify(origin)))) return undefined;
  try {
    blank.loadStateDict(await readTensors(folder));
  } catch (error) {
    throw refused(folder, error);
  }
  return blank;
}

function parseConfig(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === 'object' && json !== null && 'format' in json && json.format === format) {
    const { format: _, ...origin } = json;
    return origin;
  }
  throw new ArgumentError(`"format" must be "${format}"; remove the folder to train a classifier there`);
}

/** All tensors of a folder in memory, so that nothing refers to the files any more. */
async function readTensors(folder: string): Promise<Map<string, Tensor>> {
  const file = await openCheckpoint(folder);
  try {
    const tensors = new Map<string, Tensor>();
    for (const [name, stored] of file.tensors)
      tensors.set(name, fromHost(await finiteElements(name, stored)));
    return tensors;
  } finally {
    await file.close();
  }
}

async function finiteElements(name: string, stored: StoredTensor): Promise<HostTensor> {
  if (stored.dtype !== 'float32') {
    throw new ArgumentError(`"${name}" is ${stored.dtype}; it must be float32`);
  }
  const host = await stored.read();
  if ((host.data as Float32Array).every(Number.isFinite)) return host;
  throw new ArgumentError(`"${name}" holds numbers that are not finite`);
}

function refused(folder: string, error: unknown): unknown {
  if (!(error instanceof SoftVQError)) return error;
  return new FileFormatError(folder, `${messageOf(error)}; remove the folder to train the classifier again`, {
    cause: error,
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
