import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import type { PictureDataset } from '../../dataset/picture-dataset.js';
import { fileDataset, isPictureName, type PictureFileEntry, withPath } from './file-dataset.js';

export interface FolderDatasetOptions {
  /**
   * What sub-folders mean. `classes`: each sub-folder is a class, named as it is. `flat`: nothing, the pictures have
   * no labels. Default: `classes` if all pictures are in sub-folders, `flat` if none is; anything else has to be told.
   */
  readonly layout?: 'classes' | 'flat' | undefined;
  /** The names of the classes in the order of their labels, for folders that lack some of them. Default: all, sorted. */
  readonly classes?: readonly string[] | undefined;
}

/**
 * The PNG, JPEG, WebP, AVIF and GIF files in a folder and everything below it, in the order of their paths. Links are
 * followed; files with other endings and names that begin with a dot are passed over. Nothing is decoded yet.
 *
 * @throws ArgumentError for a folder that cannot be read, holds no picture, has a class without any, or whose layout
 * is not clear, or that holds the parts of a data set (train, held-out)
 */
export async function openFolderDataset(
  folder: string,
  options: FolderDatasetOptions = {},
): Promise<PictureDataset> {
  const children = await list(folder, []);
  if (options.layout === undefined) refuseParts(folder, children.folders);
  const direct = children.files;
  const below = await Promise.all(
    children.folders.map(async (name) => ({
      name,
      files: await listBelow(join(folder, name), children.chain),
    })),
  );
  const nested = below.flatMap(({ name, files }) => files.map((file) => `${name}/${file}`));
  if (direct.length + nested.length === 0) {
    throw new ArgumentError(
      `${folder} holds no PNG, JPEG, WebP, AVIF or GIF file, nor does any folder in it`,
    );
  }
  const layout = options.layout ?? layoutOf(folder, direct, nested);
  if (layout === 'flat') {
    if (options.classes !== undefined) {
      throw new ArgumentError(
        `${folder}: a flat data set has no classes; leave classes out or ask for the layout 'classes'`,
      );
    }
    return fileDataset(folder, entriesOf(folder, [...direct, ...nested].sort(), undefined), undefined);
  }
  const empty = below.find(({ files }) => files.length === 0);
  if (empty !== undefined && !options.classes?.includes(empty.name)) {
    throw new ArgumentError(
      `${join(folder, empty.name)} should be a class, but holds no picture; fill or remove it`,
    );
  }
  const entries = below
    .toSorted((a, b) => compare(a.name, b.name))
    .flatMap(({ name, files }) => entriesOf(folder, files.map((file) => `${name}/${file}`).sort(), name));
  return fileDataset(folder, entries, options.classes);
}

/** What the parts of a data set are commonly called. */
const partNames: ReadonlySet<string> = new Set(['train', 'val', 'validation', 'test', 'held-out']);

/** A data set of several parts, taken for one, would have the classes `train` and `held-out`. */
function refuseParts(folder: string, names: readonly string[]): void {
  if (!names.includes('train') || !names.every((name) => partNames.has(name))) return;
  throw new ArgumentError(
    `${folder} holds a data set in parts (${names.toSorted().join(', ')}); give the folder of one, such as ${join(folder, 'train')}`,
  );
}

function layoutOf(folder: string, direct: readonly string[], nested: readonly string[]): 'classes' | 'flat' {
  if (nested.length === 0) return 'flat';
  if (direct.length === 0) return 'classes';
  throw new ArgumentError(
    `${folder} holds pictures both directly (${direct[0]}) and in folders (${nested[0]}); ` +
      "say which is meant: layout 'flat' takes all without labels, 'classes' takes those in folders",
  );
}

function entriesOf(folder: string, names: readonly string[], label: string | undefined): PictureFileEntry[] {
  return names.map((name) => ({ path: join(folder, name), name, label }));
}

/**
 * The picture files below a folder, by their paths from there.
 *
 * @param above the folders that hold it, by their real paths.
 */
async function listBelow(folder: string, above: readonly string[]): Promise<string[]> {
  const { files, folders, chain } = await list(folder, above);
  const deeper = await Promise.all(
    folders.map(async (name) => {
      const names = await listBelow(join(folder, name), chain);
      return names.map((file) => `${name}/${file}`);
    }),
  );
  return [...files, ...deeper.flat()];
}

interface FolderContent {
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** The real paths of this folder and those above it. */
  readonly chain: readonly string[];
}

async function list(folder: string, above: readonly string[]): Promise<FolderContent> {
  const [real, entries] = await withPath(folder, () =>
    Promise.all([realpath(folder), readdir(folder, { withFileTypes: true })]),
  );
  if (above.includes(real)) {
    throw new ArgumentError(`${folder} is a link to ${real}, which holds it; remove the link`);
  }
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (await isFolder(join(folder, entry.name), entry)) folders.push(entry.name);
    else if (isPictureName(entry.name)) files.push(entry.name);
  }
  return { files, folders, chain: [...above, real] };
}

async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(path).then(
    (stats) => stats.isDirectory(),
    // A link to nothing counts as a file: if its name is a picture's, it is reported when it is to be read.
    () => false,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
