import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import { writeFileAtomic } from '@softvq/core/node';
import { isCommit } from './hub-id.js';

/**
 * One repository in the cache, in the layout of the Hugging Face tools, which share it: `blobs` holds the contents by
 * their hashes, `snapshots` a folder of links a commit, `refs` the commits of branches and tags.
 */
export class RepositoryCache {
  readonly #folder: string;

  constructor(cacheFolder: string, repository: string) {
    this.#folder = join(cacheFolder, getRepoFolderName({ type: 'model', name: repository }));
  }

  snapshot(commit: string): string {
    return join(this.#folder, 'snapshots', commit);
  }

  blob(hash: string): string {
    return join(this.#folder, 'blobs', hash);
  }

  /** Which commit a revision was when it was last downloaded. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    try {
      const commit = (await readFile(join(this.#folder, 'refs', revision), 'utf8')).trim();
      return isCommit(commit) ? commit : undefined;
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  async rememberCommit(revision: string, commit: string): Promise<void> {
    if (revision === commit || (await this.commitOf(revision)) === commit) return;
    const file = join(this.#folder, 'refs', revision);
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, new TextEncoder().encode(commit));
  }

  /** Whether a whole file is there: a snapshot only ever refers to such. */
  async has(commit: string, file: string): Promise<boolean> {
    return (await sizeOf(join(this.snapshot(commit), file))) !== undefined;
  }

  async hasBlob(hash: string, size: number): Promise<boolean> {
    return (await sizeOf(this.blob(hash))) === size;
  }

  /** Makes the contents appear in a snapshot: by a symbolic link where the platform lets us, or a hard one, or a copy. */
  async addToSnapshot(commit: string, file: string, hash: string): Promise<void> {
    const path = join(this.snapshot(commit), file);
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    const blob = this.blob(hash);
    const temporary = join(folder, `.${randomUUID()}.partial`);
    try {
      await symlink(relative(folder, blob), temporary)
        .catch(() => link(blob, temporary))
        .catch(() => copyFile(blob, temporary));
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

/** Of a regular file, or of one that a link leads to. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
