import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Whether something is at a path, whatever it is. */
export function exists(path: string): Promise<boolean> {
  return is(path, () => true);
}

/** Whether a file is at a path, also behind a link. */
export function isFile(path: string): Promise<boolean> {
  return is(path, (stats) => stats.isFile());
}

/** Whether a folder is at a path, also behind a link. */
export function isFolder(path: string): Promise<boolean> {
  return is(path, (stats) => stats.isDirectory());
}

function is(path: string, kind: (stats: Stats) => boolean): Promise<boolean> {
  return stat(path).then(kind, () => false);
}
