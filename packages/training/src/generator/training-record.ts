import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFormatError } from '@softvq/core';
import type { LatentStatistics } from '@softvq/tokenizer';

/** The file of it, beside the `config.json` of a generator. */
export const trainingRecordName = 'training.json';

/** What a generator was trained on, and what it needs to be joined with a tokenizer. */
export interface GeneratorTrainingRecord {
  /** `tokenizerIdentity` of the tokenizer. */
  readonly tokenizer: string;
  /** The same in half precision, which tells whether a tokenizer is a copy of it that was saved as float16. */
  readonly tokenizerInHalf?: string;
  readonly latentShape: readonly number[];
  /** What the latents were normalised by. */
  readonly latentStatistics: LatentStatistics;
  /** Names of the classes in the order of their labels. */
  readonly classes: readonly string[];
}

/**
 * The record in the folder of a generator, or undefined where there is none, as in official models.
 *
 * @throws FileFormatError when it is malformed.
 */
export async function readTrainingRecord(folder: string): Promise<GeneratorTrainingRecord | undefined> {
  const path = join(folder, trainingRecordName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError(path, 'is not valid JSON', { cause });
  }
  if (isRecord(value)) return value;
  throw new FileFormatError(
    path,
    'must have the fields tokenizer, latentShape, latentStatistics { mean, std } and classes',
  );
}

function isRecord(value: unknown): value is GeneratorTrainingRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { tokenizer, tokenizerInHalf, latentShape, latentStatistics, classes } =
    value as Partial<GeneratorTrainingRecord>;
  return (
    typeof tokenizer === 'string' &&
    (tokenizerInHalf === undefined || typeof tokenizerInHalf === 'string') &&
    Array.isArray(latentShape) &&
    latentShape.every((size) => Number.isSafeInteger(size)) &&
    Number.isFinite(latentStatistics?.mean) &&
    Number.isFinite(latentStatistics?.std) &&
    Array.isArray(classes) &&
    classes.every((name) => typeof name === 'string')
  );
}
