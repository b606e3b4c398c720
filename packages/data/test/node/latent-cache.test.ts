import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, FileFormatError, type HostTensor, ShapeError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import {
  centerCrop,
  mirror,
  type Picture,
  type PictureDataset,
  pictureDataset,
  picturesToFloats,
} from '../../src/index.js';
import {
  type BuildLatentCacheOptions,
  buildLatentCache,
  createLatentLoader,
  openLatentCache,
} from '../../src/node/index.js';
import { samplePicture } from '../sample-picture.js';
import { temporaryFolder } from '../temporary-folder.js';

const imageSize = 4;
const pictures = Array.from({ length: 11 }, (_, index) => samplePicture(5 + (index % 2), 4, index * 977 + 1));

function dataset(list: readonly (Picture | undefined)[] = pictures): PictureDataset {
  return pictureDataset(
    list.map((picture, index) => ({
      name: `picture ${index}`,
      label: 'abc'[index % 3]!,
      picture: picture ?? (() => Promise.reject(new Error('it is torn'))),
    })),
  );
}

/** A stand-in for a tokenizer: [2, 3] latents that depend on every pixel of their picture, and on nothing else. */
async function encode({ shape, data }: HostTensor<'float32'>): Promise<HostTensor<'float32'>> {
  const pixels = 3 * imageSize ** 2;
  const latents = Float32Array.from({ length: shape[0]! * 6 }, (_, index) => {
    const start = Math.floor(index / 6) * pixels;
    return data
      .subarray(start, start + pixels)
      .reduce((sum, x, at) => sum + x * Math.sin(at + 7 * (index % 6)), 1);
  });
  return { dtype: 'float32', shape: [shape[0]!, 2, 3], data: latents };
}

/** Its latents of one picture. */
async function latentsOf(picture: Picture, mirrored = false): Promise<number[]> {
  const square = centerCrop(picture, imageSize);
  const floats = picturesToFloats([mirrored ? mirror(square) : square]);
  return [...(await encode({ dtype: 'float32', ...floats })).data];
}

const options: BuildLatentCacheOptions = {
  encode,
  tokenizer: 'softvq-1',
  imageSize,
  batchSize: 2,
  shardSize: 4,
};

describe('buildLatentCache', () => {
  it('keeps the latents of every picture and its mirror image, in shards', async () => {
    const folder = await temporaryFolder();
    const progress: number[] = [];
    const cache = await buildLatentCache(folder, dataset(), {
      ...options,
      onProgress: ({ done }) => progress.push(done),
    });
    expect(progress).toEqual([0, 2, 4, 6, 8, 10, 11]);
    expect((await readdir(folder)).sort()).toEqual([
      'latents-00000.safetensors',
      'latents-00001.safetensors',
      'latents-00002.safetensors',
      'latents.json',
    ]);
    expect(cache).toMatchObject({
      tokenizer: 'softvq-1',
      entries: 11,
      latentShape: [2, 3],
      classes: ['a', 'b', 'c'],
      shards: [4, 4, 3],
      broken: [],
    });
    expect([...cache.labels]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]);
    for (const [index, picture] of pictures.entries()) {
      for (const mirrored of [false, true]) {
        expect([...(await cache.read(index, mirrored))]).toEqual(await latentsOf(picture, mirrored));
      }
    }
    const all = [...(await cache.readAll())];
    expect(all).toHaveLength(11 * 2 * 6);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
    expect(cache.statistics.mean).toBeCloseTo(mean, 10);
    expect(cache.statistics.std).toBeCloseTo(Math.sqrt(variance), 10);
  });

  it('goes on where it was interrupted, to the same bytes, and then does nothing', async () => {
    const [whole, parts] = [await temporaryFolder(), await temporaryFolder()];
    await buildLatentCache(whole, dataset(), options);
    const encoded: number[] = [];
    for (const stopAfter of [3, 1, 4, 99]) {
      const controller = new AbortController();
      let batches = 0;
      const building = buildLatentCache(parts, dataset(), {
        ...options,
        signal: controller.signal,
        encode: async (images) => {
          if (++batches > stopAfter) controller.abort(new Error('interrupted'));
          encoded.push(images.shape[0]!);
          return encode(images);
        },
      });
      if (stopAfter === 99) await building;
      else await expect(building).rejects.toThrow('interrupted');
      if (stopAfter === 3)
        await expect(openLatentCache(parts)).rejects.toThrow('the latents are not complete');
    }
    for (const name of await readdir(whole)) {
      expect(await readFile(join(parts, name)), name).toEqual(await readFile(join(whole, name)));
    }
    expect((await readdir(parts)).sort()).toEqual((await readdir(whole)).sort());
    encoded.length = 0;
    const again = await buildLatentCache(parts, dataset(), {
      ...options,
      encode: () => Promise.reject(new Error('no')),
    });
    expect(again.entries).toBe(11);
  });

  it('makes a damaged or missing shard anew, while it is not complete', async () => {
    const folder = await temporaryFolder();
    const cache = await buildLatentCache(folder, dataset(), options);
    const expected = await cache.readAll();
    const { format, formatVersion, tokenizer, dataset: fingerprint, flips, dtype, shardSize } = cache;
    const identity = {
      format,
      formatVersion,
      tokenizer,
      dataset: fingerprint,
      imageSize,
      flips,
      dtype,
      shardSize,
    };
    await rm(join(folder, 'latents.json'));
    await writeFile(join(folder, 'latents.unfinished.json'), JSON.stringify(identity));
    await truncate(join(folder, 'latents-00000.safetensors'), 300);
    await rm(join(folder, 'latents-00002.safetensors'));
    await writeFile(join(folder, '.latents-00002.safetensors.partial'), 'what a killed run leaves');
    const progress: number[] = [];
    const repaired = await buildLatentCache(folder, dataset(), {
      ...options,
      onProgress: ({ done }) => progress.push(done),
    });
    expect(progress[0]).toBe(4);
    expect(await repaired.readAll()).toEqual(expected);
  });

  it('refuses the latents of anything else, and a folder of other things', async () => {
    const folder = await temporaryFolder();
    await buildLatentCache(folder, dataset(), options);
    const retry = (changes: Partial<BuildLatentCacheOptions>, data = dataset()) =>
      buildLatentCache(folder, data, { ...options, ...changes });
    await expect(retry({ tokenizer: 'softvq-2' })).rejects.toThrow(
      'the tokenizer is "softvq-1" there and "softvq-2" here',
    );
    await expect(retry({}, dataset(pictures.slice(1)))).rejects.toThrow('the data set is');
    await expect(retry({ imageSize: 8 })).rejects.toThrow('the size of the pictures is 4 there and 8 here');
    await expect(retry({ flips: false })).rejects.toThrow('the presence of mirror images');
    await expect(retry({ dtype: 'float16' })).rejects.toThrow('the element type');
    await expect(openLatentCache(folder, { tokenizer: 'softvq-2' })).rejects.toThrow(
      'another tokenizer (softvq-1)',
    );
    const other = await temporaryFolder();
    await writeFile(join(other, 'thesis.docx'), '');
    await expect(buildLatentCache(other, dataset(), options)).rejects.toThrow(
      'holds other files, such as thesis.docx',
    );
    await expect(buildLatentCache(join(other, 'thesis.docx'), dataset(), options)).rejects.toThrow(
      ArgumentError,
    );
    await expect(retry({ batchSize: 0 })).rejects.toThrow('batchSize is 0');
    await expect(retry({ tokenizer: '' })).rejects.toThrow('tokenizer is empty');
  });

  it('leaves broken pictures out when told, also a whole shard of them, and remembers them', async () => {
    const torn = dataset(
      pictures.map((picture, index) => ([0, 1, 2, 3, 6].includes(index) ? undefined : picture)),
    );
    const folder = await temporaryFolder();
    await expect(buildLatentCache(folder, torn, options)).rejects.toThrow('picture 0: it is torn');
    const reported: number[] = [];
    const cache = await buildLatentCache(folder, torn, {
      ...options,
      onBroken: ({ index }) => reported.push(index),
    });
    expect(reported.sort()).toEqual([0, 1, 2, 3, 6]);
    expect(cache.shards).toEqual([0, 3, 3]);
    expect([...cache.indices]).toEqual([4, 5, 7, 8, 9, 10]);
    expect([...cache.labels]).toEqual([1, 2, 1, 2, 0, 1]);
    expect(cache.broken).toEqual(
      [0, 1, 2, 3, 6].map((index) => ({ name: `picture ${index}`, reason: 'it is torn' })),
    );
    expect([...(await cache.read(2, true))]).toEqual(await latentsOf(pictures[7]!, true));
    const none = dataset([undefined, undefined]);
    await expect(
      buildLatentCache(await temporaryFolder(), none, { ...options, onBroken: () => undefined }),
    ).rejects.toThrow('not a single picture');
  });

  it('checks what encode gives', async () => {
    const make = async (result: Partial<HostTensor<'float32'>>) =>
      buildLatentCache(await temporaryFolder(), dataset(), {
        ...options,
        encode: async (images) => ({ ...(await encode(images)), ...result }),
      });
    await expect(make({ shape: [3, 2, 2] })).rejects.toThrow(ShapeError);
    await expect(make({ data: new Float32Array(5) })).rejects.toThrow('not float32 [2,2,3] of 5 numbers');
    await expect(make({ data: new Float32Array(12).fill(Number.NaN) })).rejects.toThrow('not finite');
  });
});

describe('openLatentCache', () => {
  it('refuses damaged and foreign files', async () => {
    const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
    await buildLatentCache(folder, dataset(), options);
    await buildLatentCache(other, dataset(), { ...options, tokenizer: 'softvq-2' });
    const shard = join(folder, 'latents-00001.safetensors');
    const good = await readFile(shard);
    await writeFile(shard, await readFile(join(other, 'latents-00001.safetensors')));
    await expect(openLatentCache(folder)).rejects.toThrow(`${shard}: it belongs to another cache`);
    await writeFile(shard, await readFile(join(folder, 'latents-00002.safetensors')));
    await expect(openLatentCache(folder)).rejects.toThrow(
      'shard 1 should hold 4 latents of [2,3], and holds 3',
    );
    await truncate(shard, 200);
    await expect(openLatentCache(folder)).rejects.toThrow(FileFormatError);
    await rm(shard);
    await expect(openLatentCache(folder)).rejects.toThrow('cannot be read: there is no such file');
    await writeFile(shard, good);
    const description = join(folder, 'latents.json');
    const text = await readFile(description, 'utf8');
    for (const wrong of [
      '{',
      'null',
      '[]',
      text.replace('"entries": 11', '"entries": 12'),
      text.replace('float32', 'int8'),
    ]) {
      await writeFile(description, wrong);
      await expect(openLatentCache(folder), wrong.slice(0, 40)).rejects.toThrow(FileFormatError);
    }
    await expect(openLatentCache(join(folder, 'missing'))).rejects.toThrow(ArgumentError);
  });
});

describe('createLatentLoader', () => {
  it('gives every entry once an epoch, half of them mirrored, from memory or files', async () => {
    for (const dtype of ['float32', 'float16'] as const) {
      const cache = await buildLatentCache(await temporaryFolder(), dataset(), { ...options, dtype });
      const runs: number[][] = [];
      for (const memoryLimit of [2 ** 20, 0]) {
        let mirroredCount = 0;
        const run: number[] = [];
        const loader = createLatentLoader(cache, {
          batchSize: 5,
          seed: 3,
          flip: true,
          epochs: 8,
          dropLast: false,
          memoryLimit,
        });
        const seen: number[][] = [];
        for await (const { latents, labels, indices, epoch } of loader) {
          expect(latents.shape).toEqual([indices.length, 2, 3]);
          for (const [position, index] of indices.entries()) {
            const values = [...latents.data.subarray(position * 6, (position + 1) * 6)];
            const candidates = await Promise.all(
              [false, true].map((mirrored) => latentsOf(pictures[index]!, mirrored)),
            );
            const errors = candidates.map((each) =>
              Math.max(...each.map((x, at) => Math.abs(x - values[at]!))),
            );
            expect(Math.min(...errors)).toBeLessThanOrEqual(dtype === 'float32' ? 0 : 0.01);
            if (errors[1]! < errors[0]!) mirroredCount++;
            expect(labels.data[position]).toBe(index % 3);
            run.push(...values);
          }
          seen[epoch] = [...(seen[epoch] ?? []), ...indices];
        }
        expect(seen.map((epoch) => epoch.toSorted((a, b) => a - b))).toEqual(
          seen.map(() => [...pictures.keys()]),
        );
        expect(mirroredCount).toBeGreaterThan(25);
        expect(mirroredCount).toBeLessThan(63);
        runs.push(run);
      }
      expect(runs[1]).toEqual(runs[0]);
    }
  });

  it('resumes, but only for the same latents', async () => {
    const cache = await buildLatentCache(await temporaryFolder(), dataset(), { ...options, flips: false });
    const all = async (resume?: ReturnType<ReturnType<typeof createLatentLoader>['state']>, count = 99) => {
      const loader = createLatentLoader(cache, { batchSize: 3, epochs: 2, resume });
      const batches = [];
      for await (const batch of loader) {
        batches.push(batch);
        if (batches.length === count) break;
      }
      return { batches, state: loader.state() };
    };
    const whole = await all();
    const { state } = await all(undefined, 2);
    expect((await all(state)).batches).toEqual(whole.batches.slice(2));
    const other = await buildLatentCache(await temporaryFolder(), dataset(), {
      ...options,
      tokenizer: 'softvq-2',
    });
    expect(() => createLatentLoader(other, { batchSize: 3, resume: state })).toThrow(
      'the fingerprint of the data set',
    );
    expect(() => createLatentLoader(cache, { batchSize: 3, flip: true })).toThrow('without mirror images');
    await expect(cache.read(0, true)).rejects.toThrow('without mirror images');
    await expect(cache.read(11, false)).rejects.toThrow('has no entry 11');
  });
});
