import { cpu } from '@softvq/backends/cpu';
import { type Backend, setDefaultBackend, type Tensor } from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DiT } from '../src/dit.js';
import { euler, eulerMaruyama } from '../src/samplers/index.js';
import { SiT } from '../src/sit.js';
import { collect } from './collect.js';
import { countingRows } from './counting-backends.js';
import { withOtherValues } from './other-values.js';
import { difference, latentsOf, size, smallSiT } from './small-sit.js';

let backend: Backend;
beforeAll(async () => {
  backend = await cpu();
  setDefaultBackend(backend);
});

describe('an image', () => {
  const labels = [0, 1, 2, 3, 4, null, 1, 0];
  const guidance = { scale: 2.5, interval: [0.1, 0.8] } as const;

  it('is the same whatever else is drawn with it', async () => {
    const sit = smallSiT();
    const all = await latentsOf(sit, { labels, seed: 7, guidance });
    const batches = await latentsOf(sit, { labels, seed: 7, guidance, batchSize: 3 });
    const single = [];
    // In another order, too.
    for (const i of [7, 2, 5, 0, 1, 6, 3, 4]) {
      const [image] = await latentsOf(sit, { labels: [labels[i]!], firstIndex: i, seed: 7, guidance });
      single[i] = image!;
    }
    for (const i of labels.keys()) {
      expect(difference(batches[i]!, all[i]!)).toBeLessThan(1e-5);
      expect(difference(single[i]!, all[i]!)).toBeLessThan(1e-5);
    }
    await sit.dispose();
  });

  it('is the same by an adaptive sampler, too', async () => {
    const sit = smallSiT();
    const options = { seed: 2, guidance: { scale: 1.5 }, sampler: 'dopri5', steps: 200 };
    const all = await latentsOf(sit, { ...options, labels: [1, 2, 3] });
    const [last] = await latentsOf(sit, { ...options, labels: [3], firstIndex: 2 });
    expect(difference(last!, all[2]!)).toBeLessThan(1e-5);
    await sit.dispose();
  });

  it('differs by seed, index and label', async () => {
    const sit = smallSiT();
    const [[first], [seed], [index], [label]] = await Promise.all([
      latentsOf(sit, { labels: [1] }),
      latentsOf(sit, { labels: [1], seed: 1 }),
      latentsOf(sit, { labels: [1], firstIndex: 1 }),
      latentsOf(sit, { labels: [2] }),
    ]);
    for (const other of [seed, index, label]) expect(difference(other!, first!)).toBeGreaterThan(1e-3);
    await sit.dispose();
  });
});

describe('guidance', () => {
  const options = { labels: [1, null, 3], seed: 4 };

  it('of scale 1 or outside its interval changes nothing and asks the network for no more', async () => {
    const sit = smallSiT();
    const rows: number[] = [];
    const counting = countingRows(backend, rows);
    const plain = await latentsOf(sit, { ...options, backend: counting });
    const one = await latentsOf(sit, { ...options, guidance: { scale: 1 }, backend: counting });
    const outside = await latentsOf(sit, {
      ...options,
      guidance: { scale: 3, interval: [0.001, 0.002] },
      backend: counting,
    });
    expect(one).toEqual(plain);
    expect(outside).toEqual(plain);
    expect(rows).toEqual(Array.from({ length: 15 }, () => 3));
    rows.length = 0;
    await latentsOf(sit, { ...options, guidance: { scale: 3, interval: [0, 0.5] }, backend: counting });
    // At the times 1, 0.76, 0.52, 0.28 and 0.04: two images have a class to be guided by.
    expect(rows).toEqual([3, 3, 3, 5, 5]);
    await sit.dispose();
  });

  it('of scale 0 is the unconditional image, and has no effect without a class', async () => {
    const sit = smallSiT();
    const unconditional = await latentsOf(sit, { count: 3, seed: 4 });
    const zero = await latentsOf(sit, { ...options, guidance: { scale: 0 } });
    const strong = await latentsOf(sit, { ...options, guidance: { scale: 9 } });
    for (const i of [0, 1, 2]) expect(difference(zero[i]!, unconditional[i]!)).toBeLessThan(1e-5);
    expect(difference(strong[1]!, unconditional[1]!)).toBeLessThan(1e-5);
    expect(difference(strong[0]!, unconditional[0]!)).toBeGreaterThan(1e-2);
    await sit.dispose();
  });

  it('by another model leads away from its prediction', async () => {
    const sit = smallSiT();
    const weak = withOtherValues(new SiT(size), 2);
    // Scale 0 is the other model itself, under the same labels.
    const other = await latentsOf(weak, options);
    const zero = await latentsOf(sit, { ...options, guidance: { scale: 0, model: weak } });
    for (const i of [0, 1, 2]) expect(difference(zero[i]!, other[i]!)).toBeLessThan(1e-5);
    // Away from itself is nowhere.
    const plain = await latentsOf(sit, options);
    const itself = await latentsOf(sit, { ...options, guidance: { scale: 5, model: sit } });
    const outside = await latentsOf(sit, {
      ...options,
      guidance: { scale: 5, interval: [0.001, 0.002], model: weak },
    });
    for (const i of [0, 1, 2]) {
      expect(difference(itself[i]!, plain[i]!)).toBeLessThan(1e-5);
      expect(difference(outside[i]!, plain[i]!)).toBeLessThan(1e-5);
    }
    await sit.dispose();
    await weak.dispose();
  });
});

describe('events', () => {
  it('tell of every batch and step', async () => {
    const sit = smallSiT();
    const { events, latents } = await collect(
      sit.sample({ labels: [0, 1, 2], batchSize: 2, steps: 3, sampler: 'heun' }),
    );
    const told = events.map((event) =>
      'latents' in event ? { ...event, latents: event.latents.shape } : event,
    );
    const step = (batch: number, at: number, evaluations: number) => ({
      type: 'step',
      batch,
      step: at,
      steps: 3,
      evaluations,
    });
    expect(told).toEqual([
      { type: 'start', images: 3, batches: 2, steps: 3 },
      ...[0, 1].flatMap((batch) => [step(batch, 1, 2), step(batch, 2, 4), step(batch, 3, 5)]),
      { type: 'done', latents: [3, 4, 6], evaluations: 10 },
    ]);
    latents.dispose();
    await sit.dispose();
  });

  it('carry previews of what the latents would become', async () => {
    const sit = smallSiT();
    const previews: Tensor[] = [];
    const sampling = sit.sample({ labels: [1], steps: 4, sampler: 'euler', previews: true });
    for await (const event of sampling) {
      if (event.type === 'step') previews.push(event.preview!);
      if (event.type !== 'done') continue;
      // The last of Euler's steps goes to where the prediction says that the data is.
      const [preview, latents] = [await previews.at(-1)!.data(), await event.latents.data()];
      expect(difference(preview as Float32Array, latents as Float32Array)).toBeLessThan(1e-5);
      event.latents.dispose();
    }
    expect(previews.map((each) => each.shape)).toEqual(Array.from({ length: 4 }, () => [1, 4, 6]));
    for (const each of previews) each.dispose();
    await sit.dispose();
  });
});

describe('latents of a grid', () => {
  it('are drawn by both networks', async () => {
    const grid = { ...size, latentShape: [2, 4, 4], patchSize: 2 } as const;
    const dit = withOtherValues(new DiT(grid), 3);
    const sit = withOtherValues(new SiT(grid), 3);
    for (const sampling of [
      dit.sample({ labels: [1, null], steps: 3, guidance: { scale: 2 } }),
      sit.sample({ labels: [1, null], steps: 3, guidance: { scale: 2 }, sampler: euler() }),
      sit.sample({ labels: [1, null], steps: 3, guidance: { scale: 2 }, sampler: eulerMaruyama() }),
    ]) {
      const { latents } = await collect(sampling);
      expect(latents.shape).toEqual([2, 2, 4, 4]);
      expect(Array.from(await latents.data(), Number).every(Number.isFinite)).toBe(true);
      latents.dispose();
    }
    await dit.dispose();
    await sit.dispose();
  });
});

describe('half precision', () => {
  it('is for weights only: latents are float32 and nearly the same', async () => {
    const sit = smallSiT();
    const [whole] = await latentsOf(sit, { labels: [1] });
    const [half] = await latentsOf(sit.cast('float16'), { labels: [1] });
    expect(difference(half!, whole!)).toBeLessThan(2e-2);
    expect(difference(half!, whole!)).toBeGreaterThan(0);
    await sit.dispose();
  });
});
