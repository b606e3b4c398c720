import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ArgumentError } from '@softvq/core';

/**
 * Writes a file that other programs see either whole or not at all: under a temporary name in the same folder
 * (a rename is atomic only within one file system), then renamed. Nothing is left behind on failure.
 *
 * @throws ArgumentError naming `path`, with the system's error as its cause
 */
export async function writeAtomically(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      for (const part of parts) await file.writeFile(part);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new ArgumentError(`${path} cannot be written: ${reasonOf(cause, path)}`, { cause });
  }
}

function reasonOf(cause: unknown, path: string): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return `the folder ${dirname(path)} does not exist; create it first`;
  if (code === 'EISDIR' || code === 'ENOTEMPTY') return 'it is a folder; give the path of a file';
  return cause instanceof Error ? cause.message : String(cause);
}
