import { messageOf, SoftVQError } from '@softvq/core';
import { type ExitCode, exitCodes, InterruptedError, UsageError } from './exit-codes.js';

/** An error for people and programs. */
export interface Explanation {
  readonly exitCode: ExitCode;
  /** For programs: `argument`, `file-format`, `ENOSPC`. */
  readonly code: string;
  /** For people: what was wrong, and what to do. */
  readonly message: string;
}

const ofSystem: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `there is no file or folder ${path}; check the path`,
  ENOTDIR: (path) => `${path} leads through a file that is no folder; check the path`,
  EEXIST: (path) => `${path} is there already; choose another name, or remove it`,
  EISDIR: (path) => `${path} is a folder, where a file is meant`,
  EACCES: (path) => `permission is denied for ${path}; choose another place, or change its permissions`,
  EPERM: (path) => `permission is denied for ${path}; choose another place, or change its permissions`,
  EROFS: (path) => `${path} cannot be written: the file system is read-only; choose another place`,
  ENOSPC: (path) =>
    `the disk is full: ${path} could not be written, and nothing half-written is left; free space, or choose another disk`,
  EDQUOT: (path) =>
    `the quota is used up: ${path} could not be written, and nothing half-written is left; free space, or choose another disk`,
  EFBIG: (path) =>
    `${path} would be larger than files may be here; raise the limit (ulimit -f), or choose another disk`,
  EMFILE: () => 'too many files are open; raise the limit (ulimit -n)',
};

/** What an error means to who called the command. */
export function explainError(error: unknown): Explanation {
  if (error instanceof InterruptedError) {
    return { exitCode: exitCodes.interrupted, code: 'interrupted', message: 'interrupted' };
  }
  if (error instanceof UsageError) {
    return { exitCode: exitCodes.usage, code: 'usage', message: error.message };
  }
  if (error instanceof SoftVQError) {
    // Where the library was called means nothing to who typed a command.
    return { exitCode: exitCodes.error, code: error.code, message: messageOf(error) };
  }
  const { code, path } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : ofSystem[code];
  if (known !== undefined) {
    return { exitCode: exitCodes.error, code: code!, message: known(path ?? 'a file') };
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const message = `${text}\nThis was not foreseen. With --verbose the message says where it happened; please report it.`;
  return { exitCode: exitCodes.error, code: code ?? 'unexpected', message };
}
