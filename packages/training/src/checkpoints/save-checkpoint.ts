import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { flatten } from '@softvq/core';
import { encodeSafetensors, type LazyTensor } from '@softvq/core/io';
import { syncFolder, writeFileAtomic } from '@softvq/core/node';
import {
  checkpointName,
  stateFileName,
  stepOfName,
  type TrainerRecord,
  trainerFileName,
} from './checkpoint.js';
import { isComplete } from './find-checkpoint.js';

/** What a folder is called until everything in it is on the disk. */
const partialPattern = /^\.step-\d+\.[0-9a-f-]+\.partial$/;

/**
 * Writes a checkpoint, `step-00001000` with `state.safetensors` and `trainer.json`, into a folder. It is written under
 * another name, reaches the disk, and gets its own name at once: a folder that is called like a checkpoint is whole,
 * whatever happens to the process. One that is whole already is left as it is.
 *
 * @param state a tree of tensors; they stay.
 * @returns the folder of the checkpoint.
 */
export async function saveCheckpoint(folder: string, state: unknown, record: TrainerRecord): Promise<string> {
  const name = checkpointName(record.step);
  const target = join(folder, name);
  await mkdir(folder, { recursive: true });
  if (await isComplete(target)) return target;
  const partial = join(folder, `.${name}.${randomUUID()}.partial`);
  await mkdir(partial);
  try {
    await writeFileAtomic(join(partial, stateFileName), encodeSafetensors(sourcesOf(state)));
    const text = `${JSON.stringify(record, null, 2)}\n`;
    await writeFileAtomic(join(partial, trainerFileName), new TextEncoder().encode(text));
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
    await syncFolder(folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  return target;
}

/** Removes all checkpoints but the last `keep` and the one of the step `best`, and what killed processes left behind. */
export async function pruneCheckpoints(
  folder: string,
  { keep, best }: { readonly keep: number; readonly best: number | undefined },
): Promise<void> {
  const names = await readdir(folder);
  const steps = names.flatMap((name) => stepOfName(name) ?? []).sort((a, b) => b - a);
  const old = steps.filter((step, position) => position >= keep && step !== best).map(checkpointName);
  const partial = names.filter((name) => partialPattern.test(name));
  for (const name of [...old, ...partial]) await rm(join(folder, name), { recursive: true, force: true });
}

function sourcesOf(state: unknown): [string, LazyTensor][] {
  return flatten(state).leaves.map(({ path, tensor }) => {
    // Only traced functions have symbolic sizes.
    const shape = tensor.shape as readonly number[];
    return [path, { dtype: tensor.dtype, shape, read: () => tensor.host() }];
  });
}
