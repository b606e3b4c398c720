import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ArgumentError } from '@softvq/core';

/**
 * Fills a folder so that it is seen whole or not at all: what `fill` writes goes to a temporary folder beside it, which
 * takes its name at the end. On failure the temporary folder is removed and an older one is as it was.
 *
 * @param isReplaceable whether an older folder, by the names in it, is one of the same kind; an empty one always is.
 * @throws ArgumentError for an older folder that holds anything else, what `fill` throws, and the errors of Node.
 */
export async function replaceFolder(
  path: string,
  fill: (temporary: string) => Promise<void>,
  isReplaceable: (names: readonly string[]) => boolean,
): Promise<void> {
  const folder = resolve(path);
  const older = await namesIn(folder);
  if (older !== undefined && older.length > 0 && !isReplaceable(older)) {
    throw new ArgumentError(
      `${path} is there already and holds something else (${older.slice(0, 3).join(', ')}); give the path of a new folder`,
    );
  }
  await mkdir(dirname(folder), { recursive: true });
  const temporary = join(dirname(folder), `.${basename(folder)}.${randomUUID()}.partial`);
  await mkdir(temporary);
  try {
    await fill(temporary);
    if (older === undefined) await rename(temporary, folder);
    else await exchange(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function exchange(temporary: string, folder: string): Promise<void> {
  const aside = `${temporary}.older`;
  await rename(folder, aside);
  try {
    await rename(temporary, folder);
  } catch (error) {
    await rename(aside, folder);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code !== 'ENOTDIR') throw error;
    throw new ArgumentError(`${folder} is a file; give the path of a new folder`, { cause: error });
  }
}
