import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { writeAtomically } from '../node/atomic-write.js';
import type { EmojiEntry } from './list-emoji.js';
import type { RasterFailure } from './raster-messages.js';
import type { RasterOutcome } from './raster-processes.js';

// The file, little-endian: the magic number; a SHA-256 of all that follows; the key, a SHA-256 of what the
// pictures depend on; the length of a JSON object of failures by index; this object; the bytes of the pictures.
const magic = Buffer.from('svqemoji');
const digestStart = magic.length;
const keyStart = digestStart + 32;
const failuresLengthStart = keyStart + 32;
const failuresStart = failuresLengthStart + 4;

/** Node reads no larger file at once. */
const largestFile = 2 ** 31 - 1;

export interface RasterCache {
  readonly file: string;
  readonly key: Uint8Array;
  readonly count: number;
  readonly pictureBytes: number;
}

/**
 * Names the file that holds, or will hold, the pictures of these entries, and makes its folder.
 *
 * @throws ArgumentError if the folder cannot be made, or the pictures are too many for one file
 */
export async function openRasterCache(
  file: string,
  entries: readonly EmojiEntry[],
  size: number,
): Promise<RasterCache> {
  const pictureBytes = size * size * 3;
  if (entries.length * pictureBytes > largestFile - 2 ** 24) {
    throw new ArgumentError(
      `${file}: ${entries.length} pictures of ${size}×${size} do not fit into a cache file of 2 GiB; ` +
        'ask for fewer or smaller ones, or for no cache',
    );
  }
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (cause) {
    throw new ArgumentError(`${file}: its folder cannot be made; give a path that can be written`, { cause });
  }
  return { file, key: keyOf(entries, size), count: entries.length, pictureBytes };
}

/**
 * The outcomes in the order of the entries, or undefined unless the file is there, whole, and of the same key.
 *
 * @throws ArgumentError if there is something that cannot be read, such as a folder
 */
export async function readRasterCache(cache: RasterCache): Promise<RasterOutcome[] | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(cache.file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ArgumentError(`${cache.file} cannot be read; give the path of a file, old or new`, { cause });
  }
  const digest = createHash('sha256').update(bytes.subarray(keyStart)).digest();
  const trusted =
    bytes.subarray(0, digestStart).equals(magic) &&
    bytes.subarray(digestStart, keyStart).equals(digest) &&
    bytes.subarray(keyStart, failuresLengthStart).equals(cache.key);
  if (!trusted) return undefined;

  const pixelStart = failuresStart + bytes.readUInt32LE(failuresLengthStart);
  const failures: Record<number, RasterFailure> = JSON.parse(
    bytes.toString('utf8', failuresStart, pixelStart),
  );
  let used = pixelStart;
  return Array.from({ length: cache.count }, (_, index) => {
    const failure = failures[index];
    if (failure !== undefined) return failure;
    used += cache.pictureBytes;
    return new Uint8Array(bytes.subarray(used - cache.pictureBytes, used));
  });
}

/** @throws ArgumentError if the file cannot be written */
export async function writeRasterCache(
  cache: RasterCache,
  outcomes: readonly RasterOutcome[],
): Promise<void> {
  const pictures: Uint8Array[] = [];
  const failures: Record<number, RasterFailure> = {};
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome instanceof Uint8Array) pictures.push(outcome);
    else failures[index] = outcome;
  }
  const failuresJson = Buffer.from(JSON.stringify(failures));
  const failuresLength = Buffer.alloc(4);
  failuresLength.writeUInt32LE(failuresJson.length);
  const content = [cache.key, failuresLength, failuresJson, ...pictures];
  const digest = createHash('sha256');
  for (const part of content) digest.update(part);
  await writeAtomically(cache.file, [magic, digest.digest(), ...content]);
}

/** The drawings themselves count, not only their names and version: an entry may be the caller's own. */
function keyOf(entries: readonly EmojiEntry[], size: number): Uint8Array {
  const { version } = createRequire(import.meta.url)('@resvg/resvg-js/package.json') as { version: string };
  const hash = createHash('sha256').update(JSON.stringify(['rasterised over white', 1, version, size]));
  for (const { set, name, width, height, body } of entries) {
    hash.update(JSON.stringify([set, name, width, height, body]));
  }
  return hash.digest();
}
