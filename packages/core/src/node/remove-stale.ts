import { randomUUID } from 'node:crypto';
import { link, rename, rm } from 'node:fs/promises';

/**
 * Removes a file that its owner left, such as a lock. Several may find the same one: it is moved away first, so that
 * none removes what another made in its place.
 *
 * @param isStale whether the file that was moved, whose path it is given, is still the one to be removed.
 */
export async function removeStale(path: string, isStale: (aside: string) => Promise<boolean>): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Otherwise this was the new one of somebody who was faster, and goes back unless yet another took its place.
  if (!(await isStale(aside))) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
