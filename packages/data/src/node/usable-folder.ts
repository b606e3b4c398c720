import { mkdir, readdir } from 'node:fs/promises';
import { ArgumentError } from '@softvq/core';

/**
 * Makes a folder unless it is there, and says what is in it. Hidden files do not count, such as a temporary one of a run
 * that was killed.
 *
 * @throws ArgumentError if it cannot be made or read.
 */
export async function usableFolder(folder: string): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true });
    return (await readdir(folder)).filter((name) => !name.startsWith('.'));
  } catch (cause) {
    throw new ArgumentError(`${folder} cannot be used as a folder: ${(cause as Error).message}`, { cause });
  }
}
