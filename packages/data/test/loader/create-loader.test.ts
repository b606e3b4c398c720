import { ArgumentError, DisposedError } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import {
  centerCrop,
  createLoader,
  type Loader,
  mirror,
  type Picture,
  type PictureBatch,
  type PictureDataset,
  type PictureLoaderOptions,
  pictureDataset,
  picturesToFloats,
  randomCrop,
} from '../../src/index.js';
import { EpochPlan } from '../../src/loader/epoch-plan.js';
import { openDataset } from '../../src/node/index.js';
import { numbered, pictureFolder } from '../picture-folder.js';
import { samplePicture } from '../sample-picture.js';

const small = { batchSize: 3, imageSize: 6, seed: 7 } as const;

function pictures(count: number): Picture[] {
  return Array.from({ length: count }, (_, index) =>
    samplePicture(9 + (index % 3), 7 + (index % 2), index * 977 + 1),
  );
}

function inMemory(list: readonly Picture[]): PictureDataset {
  return pictureDataset(
    list.map((picture, index) => ({
      name: `picture ${index}`,
      label: index % 2 === 0 ? 'even' : 'odd',
      picture,
    })),
  );
}

/** The next batches, without closing the loader. */
async function take(loader: Loader<PictureBatch>, count: number): Promise<PictureBatch[]> {
  const batches: PictureBatch[] = [];
  if (count === 0) return batches;
  for await (const batch of loader) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}

describe('createLoader', () => {
  it('gives every picture once an epoch, in another order each time, with its label', async () => {
    const list = pictures(12);
    const loader = createLoader(inMemory(list), { ...small, epochs: 3 });
    expect(loader.batchesPerEpoch).toBe(4);
    const batches = await take(loader, 99);
    expect(batches.map(({ epoch, batch }) => [epoch, batch])).toEqual(
      [0, 1, 2].flatMap((epoch) => [0, 1, 2, 3].map((batch) => [epoch, batch])),
    );
    const orders = [0, 1, 2].map((epoch) =>
      batches.filter((batch) => batch.epoch === epoch).flatMap(({ indices }) => [...indices]),
    );
    for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual([...list.keys()]);
    expect(new Set(orders.map((order) => order.join())).size).toBe(3);
    for (const { images, labels, indices } of batches) {
      expect([...labels.data]).toEqual(Array.from(indices, (index) => index % 2));
      const expected = picturesToFloats(Array.from(indices, (index) => centerCrop(list[index]!, 6)));
      expect(images).toEqual({ dtype: 'float32', ...expected });
    }
  });

  it('is settled by the seed', async () => {
    const order = async (seed: number) => {
      const [batch] = await take(createLoader(inMemory(pictures(30)), { ...small, batchSize: 30, seed }), 1);
      return [...batch!.indices];
    };
    expect(await order(1)).toEqual(await order(1));
    expect(await order(1)).not.toEqual(await order(2));
    // What was published stays: training runs are resumed with later versions.
    expect((await order(1)).slice(0, 8)).toEqual([6, 8, 24, 28, 15, 3, 13, 11]);
  });

  it('keeps the order of the data set, and the smaller last batch, when told', async () => {
    const loader = createLoader(inMemory(pictures(8)), {
      ...small,
      shuffle: false,
      dropLast: false,
      epochs: 1,
    });
    const batches = await take(loader, 99);
    expect(batches.map(({ indices }) => [...indices])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
    expect(batches[2]!.images.shape).toEqual([2, 3, 6, 6]);
    expect((await take(createLoader(inMemory(pictures(8)), { ...small, epochs: 1 }), 99)).length).toBe(2);
  });

  it('mirrors half of the pictures, by picture and epoch', async () => {
    const list = pictures(60);
    const loader = createLoader(inMemory(list), { ...small, batchSize: 60, shuffle: false, flip: true });
    const mirroredIn = (await take(loader, 2)).map(({ images }) =>
      list.map((picture, index) => {
        const floats = images.data.slice(index * 108, (index + 1) * 108).join();
        const upright = centerCrop(picture, 6);
        const mirrored = floats === picturesToFloats([mirror(upright)]).data.join();
        expect(mirrored || floats === picturesToFloats([upright]).data.join()).toBe(true);
        return mirrored;
      }),
    );
    for (const mirrored of mirroredIn) {
      const count = mirrored.filter(Boolean).length;
      expect(count).toBeGreaterThan(15);
      expect(count).toBeLessThan(45);
    }
    expect(mirroredIn[0]).not.toEqual(mirroredIn[1]);
  });

  it('crops at random as the draws of picture and epoch say', async () => {
    const list = pictures(6);
    const loader = createLoader(inMemory(list), { ...small, crop: 'random', flip: true });
    const plan = new EpochPlan(6, 7, true);
    for (const { images, indices, epoch } of await take(loader, 4)) {
      const expected = Array.from(indices, (index) => {
        const { crop, mirrored } = plan.draws(epoch, index);
        const square = randomCrop(list[index]!, 6, crop);
        return mirrored ? mirror(square) : square;
      });
      expect(images.data).toEqual(picturesToFloats(expected).data);
    }
  });

  it('resumes with the batches that would have followed, from anywhere', async () => {
    const dataset = inMemory(pictures(10));
    const options = { ...small, crop: 'random', flip: true } as const;
    const whole = await take(createLoader(dataset, options), 8);
    for (const done of [0, 1, 2, 3, 5]) {
      const first = createLoader(dataset, options);
      await take(first, done);
      const state = JSON.parse(JSON.stringify(first.state()));
      expect([state.epoch, state.batch]).toEqual([Math.floor(done / 3), done % 3]);
      const second = createLoader(dataset, { ...options, resume: state });
      expect(await take(second, 8 - done)).toEqual(whole.slice(done));
    }
  });

  it('goes on where the last iteration stopped', async () => {
    const options = { ...small, epochs: 1 };
    const whole = await take(createLoader(inMemory(pictures(9)), options), 99);
    const loader = createLoader(inMemory(pictures(9)), options);
    const parts = [...(await take(loader, 1)), ...(await take(loader, 99)), ...(await take(loader, 99))];
    expect(parts).toEqual(whole);
    // Also for who does not wait: every answer is another batch, in order.
    const iterator = createLoader(inMemory(pictures(9)), options)[Symbol.asyncIterator]();
    const hasty = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
    expect(hasty.map(({ value }) => value)).toEqual([...whole, undefined]);
  });

  it('refuses to resume other data or another order, and says which', () => {
    const dataset = inMemory(pictures(9));
    const resume = createLoader(dataset, small).state();
    const retry =
      (options: Partial<PictureLoaderOptions>, data = dataset) =>
      () =>
        createLoader(data, { ...small, resume, ...options });
    expect(retry({})).not.toThrow();
    expect(retry({ seed: 8 })).toThrow('seed was 7 and is 8 now');
    expect(retry({ batchSize: 2 })).toThrow('batchSize was 3 and is 2 now');
    expect(retry({ shuffle: false })).toThrow('shuffle was true');
    expect(retry({}, inMemory(pictures(10)))).toThrow('the fingerprint of the data set');
    expect(retry({ resume: { ...resume, batch: -1 } })).toThrow(ArgumentError);
  });

  it('refuses options out of their range', () => {
    const dataset = inMemory(pictures(4));
    const make = (options: object) => () => createLoader(dataset, { ...small, ...options });
    expect(make({ batchSize: 5 })).toThrow('4 entries do not fill a batch of 5');
    expect(make({ batchSize: 0 })).toThrow('batchSize is 0');
    expect(make({ imageSize: 1.5 })).toThrow('imageSize is 1.5');
    expect(make({ crop: 'left' })).toThrow('crop is "left"');
    expect(make({ workers: -1 })).toThrow('workers is -1');
    expect(make({ workers: 1 })).toThrow('a data set in memory is prepared in this thread');
    expect(make({ seed: 0.5 })).toThrow('seed is 0.5');
    expect(make({ prefetch: 0 })).toThrow('prefetch is 0');
    expect(make({ memoryLimit: Number.NaN })).toThrow('memoryLimit is NaN');
    expect(make({ signal: AbortSignal.abort(new Error('no more')) })).toThrow('no more');
  });

  it('works ahead by no more than it was told', async () => {
    let prepared = 0;
    const dataset = inMemory(pictures(30));
    const counting: PictureDataset = {
      ...dataset,
      open(options) {
        const preparer = dataset.open(options);
        return { ...preparer, prepare: (task) => preparer.prepare(task).finally(() => prepared++) };
      },
    };
    const loader = createLoader(counting, { ...small, prefetch: 2 });
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
    await take(loader, 1);
    await pause();
    expect(prepared).toBe(3);
    await take(loader, 4);
    await pause();
    expect(prepared).toBe(7);
  });

  it('decodes a picture once as long as there is room', async () => {
    for (const [crop, memoryLimit, expected] of [
      ['center', 2 ** 20, 6],
      ['random', 2 ** 20, 6],
      ['center', 0, 18],
      // Room for two cropped pictures of 6 × 6.
      ['center', 250, 2 + 3 * 4],
    ] as const) {
      let decoded = 0;
      const dataset = pictureDataset(
        pictures(6).map((picture, index) => ({
          name: `${index}`,
          picture: async () => {
            decoded++;
            return picture;
          },
        })),
      );
      await take(createLoader(dataset, { ...small, crop, memoryLimit, epochs: 3, prefetch: 1 }), 99);
      expect(decoded, `${crop}, ${memoryLimit} bytes`).toBe(expected);
    }
  });

  it('stops with the reason when aborted, and cannot be used when closed', async () => {
    const controller = new AbortController();
    const loader = createLoader(inMemory(pictures(9)), { ...small, signal: controller.signal });
    await take(loader, 1);
    controller.abort(new Error('enough'));
    await expect(take(loader, 1)).rejects.toThrow('enough');

    const closed = createLoader(inMemory(pictures(9)), small);
    await closed.close();
    await expect(take(closed, 1)).rejects.toThrow(DisposedError);
  });
});

describe('createLoader with files', () => {
  it('gives the same batches from any number of threads, with or without memory', async () => {
    const { folder } = await pictureFolder([...numbered('cat/', 7), ...numbered('dog/', 6)], (index) => [
      9 + index,
      21 - index,
    ]);
    const dataset = await openDataset(folder);
    const results: PictureBatch[][] = [];
    for (const [workers, memoryLimit] of [
      [0, 2 ** 20],
      [1, 2 ** 20],
      [2, 0],
      [2, 2 ** 20],
      [3, 2000],
    ] as const) {
      const loader = createLoader(dataset, { ...small, crop: 'random', flip: true, workers, memoryLimit });
      results.push(await take(loader, 12));
      await loader.close();
    }
    for (const batches of results) expect(batches).toEqual(results[0]);
    expect(new Set(results[0]!.flatMap(({ labels }) => [...labels.data]))).toEqual(new Set([0, 1]));
  });

  it('ends its threads when aborted while they work', async () => {
    const { folder } = await pictureFolder(numbered('', 12), () => [64, 64]);
    const controller = new AbortController();
    const loader = createLoader(await openDataset(folder), {
      ...small,
      batchSize: 12,
      workers: 2,
      signal: controller.signal,
    });
    const waiting = take(loader, 1);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await loader.close();
  });
});
