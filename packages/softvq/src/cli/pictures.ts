import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { type Picture, type PictureGridOptions, pictureGrid } from '@softvq/data';
import { readPicture, writePng } from '@softvq/data/node';
import type { Context } from './context.js';

const extensions = ['.png', '.jpg', '.jpeg', '.webp', '.avif', '.gif'];

/** A picture and what it is called. */
export interface NamedPicture {
  /** The path of the file. */
  readonly name: string;
  readonly picture: Picture;
}

/**
 * Reads pictures: files, and all that lie in folders, by name.
 *
 * @throws ArgumentError for a path that is not there or a folder without pictures; FileFormatError for what is none.
 */
export async function readPictures(paths: readonly string[], signal: AbortSignal): Promise<NamedPicture[]> {
  const files: string[] = [];
  for (const path of paths) files.push(...(await filesAt(path)));
  const pictures: NamedPicture[] = [];
  for (const name of files) {
    signal.throwIfAborted();
    pictures.push({ name, picture: await readPicture(name) });
  }
  return pictures;
}

async function filesAt(path: string): Promise<string[]> {
  const stats = await stat(path).catch(() => undefined);
  // What is not there is told by who reads it.
  if (!stats?.isDirectory()) return [path];
  const names = (await readdir(path))
    .filter((name) => extensions.includes(extname(name).toLowerCase()))
    .sort();
  if (names.length > 0) return names.map((name) => join(path, name));
  throw new ArgumentError(`${path} holds no pictures (${extensions.join(', ')}); name one that does`);
}

/** Writes pictures as one file, in rows of `columns`, and shows it. */
export async function writeGrid(
  path: string,
  rows: readonly (readonly Picture[])[],
  context: Context,
  options: PictureGridOptions = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writePng(path, pictureGrid(rows, options));
  await context.show(path);
}

/** Writes pictures as files of their own, and returns their paths. */
export async function writeEach(
  folder: string,
  pictures: readonly { readonly name: string; readonly picture: Picture }[],
  signal: AbortSignal,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const { name, picture } of pictures) {
    signal.throwIfAborted();
    const path = join(folder, `${name}.png`);
    await writePng(path, picture);
    paths.push(path);
  }
  return paths;
}

/** Names of files for pictures that come from files: those of theirs, told apart by numbers where they are the same. */
export function fileNamesOf(paths: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return paths.map((path) => {
    const name = basename(path, extname(path));
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}-${before + 1}`;
  });
}

/** Rows of at most `columns`. */
export function inRows<Item>(items: readonly Item[], columns: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / columns) }, (_, row) =>
    items.slice(row * columns, (row + 1) * columns),
  );
}
