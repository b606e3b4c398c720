import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EmojiEntry, listEmoji, type RasteriseProgress, rasteriseEmoji } from '../../src/emoji/index.js';
import { openRasterCache, readRasterCache, writeRasterCache } from '../../src/emoji/raster-cache.js';
import type { RasterOutcome } from '../../src/emoji/raster-processes.js';
import { temporaryFolder } from '../temporary-folder.js';

const size = 4;

let listed: EmojiEntry[];
let entries: EmojiEntry[];
/** One of them a failure. */
let outcomes: RasterOutcome[];
beforeAll(async () => {
  listed = await listEmoji({ sets: ['fluent-emoji-flat'] });
  entries = listed.slice(0, 6);
  outcomes = entries.map((_, index) =>
    index === 2 ? { reason: 'too “round”' } : new Uint8Array(size * size * 3).fill(index + 1),
  );
});

async function writtenCache(): Promise<string> {
  const file = join(await temporaryFolder(), 'emoji.bin');
  await writeRasterCache(await openRasterCache(file, entries, size), outcomes);
  return file;
}

describe('the cache of rasterised emoji', () => {
  it('gives back pictures and failures, also when written anew', async () => {
    const file = await writtenCache();
    for (const run of [1, 2]) {
      const cache = await openRasterCache(file, entries, size);
      expect(await readRasterCache(cache), `run ${run}`).toEqual(outcomes);
      const first = await stat(file);
      await writeRasterCache(cache, outcomes);
      // Another file under the same name, rather than the same file written over.
      expect((await stat(file)).ino).not.toBe(first.ino);
    }
    expect(await readdir(join(file, '..'))).toEqual(['emoji.bin']);
  });

  it('is not used for another size, other entries, another order or another drawing', async () => {
    const file = await writtenCache();
    const [first, ...rest] = entries;
    const others: [EmojiEntry[], number][] = [
      [entries, size + 1],
      [rest, size],
      [[...rest, first!], size],
      [[{ ...first!, body: `${first!.body} ` }, ...rest], size],
      [[{ ...first!, height: first!.height + 1 }, ...rest], size],
      [[{ ...first!, name: 'renamed' }, ...rest], size],
    ];
    for (const [index, [chosen, chosenSize]] of others.entries()) {
      const cache = await openRasterCache(file, chosen, chosenSize);
      expect(await readRasterCache(cache), `case ${index}`).toBeUndefined();
    }
  });

  it('is not used when damaged anywhere', async () => {
    const file = await writtenCache();
    const cache = await openRasterCache(file, entries, size);
    const whole = await readFile(file);
    // Every byte of the head, and every seventh of the pixels.
    for (let position = 0; position < whole.length; position += position < 128 ? 1 : 7) {
      const bytes = Buffer.from(whole);
      bytes[position]! ^= 1 << (position % 8);
      await writeFile(file, bytes);
      expect(await readRasterCache(cache), `byte ${position}`).toBeUndefined();
    }
    for (const length of [0, 1, 8, 40, 72, 75, 76, 100, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      expect(await readRasterCache(cache), `cut to ${length}`).toBeUndefined();
    }
    await writeFile(file, Buffer.concat([whole, Buffer.from([0])]));
    expect(await readRasterCache(cache)).toBeUndefined();
    await writeFile(file, whole);
    expect(await readRasterCache(cache)).toEqual(outcomes);
  });

  it('is refused if it cannot be a file, or would be too large for one', async () => {
    const folder = await temporaryFolder();
    const asFolder = await openRasterCache(folder, entries, size);
    await expect(readRasterCache(asFolder)).rejects.toThrow(ArgumentError);
    await expect(readRasterCache(asFolder)).rejects.toThrow(
      `${folder} cannot be read; give the path of a file`,
    );

    const file = join(folder, 'file');
    await writeFile(file, 'not a folder');
    const inside = join(file, 'emoji.bin');
    await expect(openRasterCache(inside, entries, size)).rejects.toThrow(
      `${inside}: its folder cannot be made`,
    );

    const many = Array.from({ length: 50 }, () => entries[0]!);
    await expect(openRasterCache(join(folder, 'large.bin'), many, 4096)).rejects.toThrow(
      'do not fit into a cache file of 2 GiB',
    );
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('rasteriseEmoji with a cache file', () => {
  it('draws once, then takes the pictures from the file, and draws again when it is damaged', async () => {
    const folder = await temporaryFolder();
    const cacheFile = join(folder, 'made', 'on the way', 'emoji.bin');
    const chosen = listed
      .slice(0, 100)
      .map((entry, index) => (index === 70 ? { ...entry, body: '<g' } : entry));
    const run = async () => {
      const progress: RasteriseProgress[] = [];
      const skipped: string[] = [];
      const pictures = await rasteriseEmoji(chosen, {
        size: 8,
        workers: 1,
        cacheFile,
        onProgress: (now) => progress.push(now),
        onSkipped: (entry, reason) => skipped.push(`${entry.name}: ${reason}`),
      });
      return { pictures, skipped, steps: progress.map(({ done }) => done) };
    };
    const first = await run();
    expect(first.steps).toEqual([64, 100]);
    expect(first.pictures).toHaveLength(99);
    expect(first.skipped).toHaveLength(1);
    const second = await run();
    expect(second).toEqual({ ...first, steps: [100] });
    // Were they views of a larger buffer, sending one to a thread would copy all of it.
    for (const { picture } of [...first.pictures, ...second.pictures]) {
      expect(picture.data.buffer.byteLength).toBe(8 * 8 * 3);
    }

    const whole = await readFile(cacheFile);
    await writeFile(cacheFile, whole.subarray(0, 5000));
    expect(await run()).toEqual(first);
    expect(await readFile(cacheFile)).toEqual(whole);
    expect(await readdir(join(folder, 'made', 'on the way'))).toEqual(['emoji.bin']);
  });

  it('leaves no file when aborted, however late', async () => {
    const folder = await temporaryFolder();
    const controller = new AbortController();
    const drawing = rasteriseEmoji(entries, {
      size: 8,
      workers: 1,
      cacheFile: join(folder, 'emoji.bin'),
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('stop')),
    });
    await expect(drawing).rejects.toThrow('stop');
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not draw when the file is out of the question', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'emoji.bin'));
    const progress: RasteriseProgress[] = [];
    const drawing = rasteriseEmoji(entries, {
      size: 8,
      cacheFile: join(folder, 'emoji.bin'),
      onProgress: (now) => progress.push(now),
    });
    await expect(drawing).rejects.toThrow('cannot be read');
    expect(progress).toEqual([]);
  });
});
