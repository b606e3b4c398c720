import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileFormatError } from '@softvq/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  type BrokenPicture,
  createLoader,
  type PictureBatch,
  type PictureLoaderOptions,
} from '../../src/index.js';
import { openDataset } from '../../src/node/index.js';
import { numbered, pictureFolder } from '../picture-folder.js';

/** Ten good pictures and one of everything that goes wrong, in one class. */
async function hostileFolder(): Promise<{ folder: string; broken: string[] }> {
  const { folder } = await pictureFolder(numbered('class/good-', 10));
  const jpeg = await sharp(await readFile(join(folder, 'class/good-00.png')))
    .jpeg()
    .toBuffer();
  const inClass = (name: string) => join(folder, 'class', name);
  await writeFile(inClass('truncated.jpg'), jpeg.subarray(0, jpeg.length - 20));
  await writeFile(inClass('text.png'), 'no picture at all');
  await writeFile(inClass('empty.webp'), '');
  await symlink(join(folder, 'nowhere'), inClass('dangling.png'));
  await symlink(inClass('loop.png'), inClass('loop.png'));
  // A folder is looked into, whatever its name; other files are passed over.
  await mkdir(inClass('folder.png'));
  await writeFile(inClass('notes.txt'), 'about the pictures');
  const broken = ['truncated.jpg', 'text.png', 'empty.webp', 'dangling.png', 'loop.png'].map(inClass).sort();
  return { folder, broken };
}

async function all(folder: string, options: Partial<PictureLoaderOptions>): Promise<PictureBatch[]> {
  const loader = createLoader(await openDataset(folder), {
    batchSize: 5,
    imageSize: 8,
    epochs: 2,
    ...options,
  });
  const batches: PictureBatch[] = [];
  try {
    for await (const batch of loader) batches.push(batch);
  } finally {
    await loader.close();
  }
  return batches;
}

describe('a picture that cannot be read', () => {
  it('ends the iteration with an error that names it', async () => {
    const { folder, broken } = await hostileFolder();
    for (const workers of [0, 1]) {
      const error = await all(folder, { workers }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(FileFormatError);
      expect(broken).toContain((error as FileFormatError).file);
      const { file, message } = error as FileFormatError;
      expect(message.startsWith(`${file}: `)).toBe(true);
      expect(message).not.toContain(`${file}: ${file}`);
    }
  });

  it('is replaced by another one and reported once, when a function takes care of it', async () => {
    const { folder, broken } = await hostileFolder();
    const runs: PictureBatch[][] = [];
    for (const workers of [0, 1, 2]) {
      const reported: BrokenPicture[] = [];
      runs.push(await all(folder, { workers, onBroken: (each) => reported.push(each) }));
      expect(reported.map(({ name }) => name).sort()).toEqual(broken);
      for (const { name, error } of reported) expect(error.message).toContain(`${name}: `);
      const reasonOf = (name: string) => reported.find((each) => each.name.endsWith(name))!.error.message;
      expect(reasonOf('text.png')).toContain('cannot be decoded as a PNG, JPEG, WebP, AVIF or GIF');
      expect(reasonOf('truncated.jpg')).toContain('cannot be decoded');
      expect(reasonOf('empty.webp')).toContain('is empty');
      expect(reasonOf('dangling.png')).toContain('there is no such file');
      expect(reasonOf('loop.png')).toContain('ELOOP');
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    const dataset = await openDataset(folder);
    expect(runs[0]).toHaveLength(6);
    for (const { indices, images } of runs[0]!) {
      expect(images.shape).toEqual([5, 3, 8, 8]);
      for (const index of indices) expect(dataset.nameOf(index)).toContain('good-');
    }
  });

  it('is left out where batches may be smaller', async () => {
    const { folder } = await hostileFolder();
    const dataset = await openDataset(folder);
    for (const batchSize of [1, 4]) {
      const batches = await all(folder, {
        batchSize,
        shuffle: false,
        dropLast: false,
        epochs: 1,
        onBroken: () => undefined,
      });
      const names = batches.flatMap(({ indices }) => Array.from(indices, (index) => dataset.nameOf(index)));
      expect(names).toEqual(numbered(join(folder, 'class/good-'), 10));
      for (const { indices, images, labels } of batches) {
        expect(images.data).toHaveLength(indices.length * 192);
        expect(labels.data).toHaveLength(indices.length);
      }
    }
  });

  it('cannot be replaced when there is no other', async () => {
    const { folder } = await pictureFolder(['a.png', 'b.png']);
    for (const name of ['a.png', 'b.png']) await writeFile(join(folder, name), 'text');
    await expect(all(folder, { batchSize: 2, onBroken: () => undefined })).rejects.toThrow(
      'nor can any of 64 others drawn to stand in for it',
    );
  });

  it('may be repaired: the loader has not moved on', async () => {
    const { folder } = await pictureFolder(numbered('', 4));
    const path = join(folder, '02.png');
    const good = await readFile(path);
    await writeFile(path, good.subarray(0, 40));
    const loader = createLoader(await openDataset(folder), { batchSize: 4, imageSize: 8, shuffle: false });
    const iterator = loader[Symbol.asyncIterator]();
    await expect(iterator.next()).rejects.toThrow(path);
    expect(loader.state()).toMatchObject({ epoch: 0, batch: 0 });
    await writeFile(path, good);
    expect((await iterator.next()).value?.batch).toBe(0);
    await loader.close();
  });
});
