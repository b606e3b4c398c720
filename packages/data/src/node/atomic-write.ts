import { dirname } from 'node:path';
import { ArgumentError, SoftVQError } from '@softvq/core';
import { writeFileAtomic } from '@softvq/core/node';

/**
 * `writeFileAtomic` of core, with an error for people: other programs see the file either whole or not at all, and
 * nothing is left behind on failure.
 *
 * @throws ArgumentError naming `path`, with the system's error as its cause
 */
export async function writeAtomically(
  path: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    await writeFileAtomic(path, parts);
  } catch (cause) {
    if (cause instanceof SoftVQError) throw cause;
    throw new ArgumentError(`${path} cannot be written: ${reasonOf(cause, path)}`, { cause });
  }
}

function reasonOf(cause: unknown, path: string): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return `the folder ${dirname(path)} does not exist; create it first`;
  if (code === 'EISDIR' || code === 'ENOTEMPTY') return 'it is a folder; give the path of a file';
  if (code === 'ENOSPC') return 'the disk is full';
  if (code === 'EACCES' || code === 'EPERM') return 'permission is denied';
  return cause instanceof Error ? cause.message : String(cause);
}
