import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SoftVQError } from '@softvq/core';
import { openCheckpoint } from '@softvq/core/node';
import {
  checkpointName,
  stateFileName,
  stepOfName,
  type TrainerRecord,
  trainerFileName,
} from './checkpoint.js';

/** A checkpoint that is whole. */
export interface FoundCheckpoint {
  readonly path: string;
  readonly record: TrainerRecord;
}

/** The checkpoint of the highest step that is whole, or undefined. @param folder that of all checkpoints. */
export async function findLatestCheckpoint(folder: string): Promise<FoundCheckpoint | undefined> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const steps = names.flatMap((name) => stepOfName(name) ?? []).sort((a, b) => b - a);
  for (const step of steps) {
    const path = join(folder, checkpointName(step));
    const record = await completeRecord(path);
    if (record !== undefined) return { path, record };
  }
  return undefined;
}

/** Whether a folder is a whole checkpoint. */
export async function isComplete(path: string): Promise<boolean> {
  return (await completeRecord(path)) !== undefined;
}

/** What `trainer.json` says, unless something is missing, truncated or malformed. */
async function completeRecord(path: string): Promise<TrainerRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(join(path, trainerFileName), 'utf8'));
    // Reads the header, and refuses a file that is shorter or longer than it says.
    await (await openCheckpoint(join(path, stateFileName))).close();
    return isRecord(record) && checkpointName(record.step) === path.slice(-checkpointName(record.step).length)
      ? record
      : undefined;
  } catch (error) {
    const absent = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (absent || error instanceof SyntaxError || error instanceof SoftVQError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is TrainerRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { format, formatVersion, step } = value as Partial<TrainerRecord>;
  return format === 'softvq-training' && formatVersion === 1 && Number.isSafeInteger(step);
}
