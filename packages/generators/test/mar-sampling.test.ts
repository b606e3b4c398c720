import {
  ArgumentError,
  type Backend,
  type HostTensor,
  memory,
  type RandomSource,
  type SampleOptions,
  setDefaultBackend,
  type Tensor,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MAR } from '../src/mar/mar.js';
import type { MAROptions } from '../src/mar/mar-options.js';
import { maskedCounts } from '../src/mar/masking.js';
import { latentsOf, marSamplingFigure } from './golden/mar.js';
import { backends, expectFigures, openGolden } from './golden.js';
import { smallMAR } from './small-mar.js';
import { sourceOf } from './source-of.js';

interface RefusedCall extends SampleOptions<'diffusion'> {
  /** Of the generator. */
  readonly of?: Partial<MAROptions>;
}

describe.each(backends)('on %s', (name, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  // The third takes one step for each token: too long for an interpreter.
  it.each(name === 'cpu' ? [0, 1, 2, 3] : [0, 1, 3])(
    'follows the reference through sampling loop %i',
    async (number) => {
      expectFigures([await marSamplingFigure(await openGolden('mar'), number, backend)]);
    },
  );
});

describe('sampling', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await backends[0][1]();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  /** Images one by one. */
  async function imagesOf(mar: MAR, call: SampleOptions<'diffusion'>): Promise<number[][]> {
    const latents = await latentsOf(mar.sample({ backend, ...call }));
    const { data, shape } = await latents.host();
    latents.dispose();
    const size = data.length / shape[0]!;
    return Array.from({ length: shape[0]! }, (_, i) =>
      Array.from(data.slice(i * size, (i + 1) * size), Number),
    );
  }

  function distance(a: readonly number[], b: readonly number[]): number {
    return Math.max(...a.map((number, i) => Math.abs(number - b[i]!)));
  }

  it('makes the same image whatever the batch, its size and its order', async () => {
    const mar = smallMAR();
    const guidance = { scale: 2, schedule: 'linear' } as const;
    const labels = [1, null, 4, 0, 2, 3, null, 1];
    const all = await imagesOf(mar, { labels, guidance, seed: 9, steps: 4 });
    const split = await imagesOf(mar, { labels, guidance, seed: 9, steps: 4, batchSize: 3 });
    for (const [i, image] of all.entries()) expect(distance(split[i]!, image)).toBeLessThan(1e-5);
    const [alone] = await imagesOf(mar, { labels: [4], guidance, seed: 9, steps: 4, firstIndex: 2 });
    expect(distance(alone!, all[2]!)).toBeLessThan(1e-5);
    const [other] = await imagesOf(mar, { labels: [4], guidance, seed: 10, steps: 4, firstIndex: 2 });
    expect(distance(other!, all[2]!)).toBeGreaterThan(0.1);
    expect(distance(all[0]!, all[7]!)).toBeGreaterThan(0.1);
    await mar.dispose();
  });

  it('is guided by the class, from the other model, and not at all at scale 1', async () => {
    const mar = smallMAR();
    const call = { labels: [3, 1], steps: 3 };
    const plain = await imagesOf(mar, call);
    const one = await imagesOf(mar, { ...call, guidance: { scale: 1, model: smallMAR({ seed: 2 }) } });
    expect(one).toEqual(plain);
    const guided = await imagesOf(mar, { ...call, guidance: { scale: 3 } });
    expect(distance(guided[0]!, plain[0]!)).toBeGreaterThan(0.01);
    // Guided away from itself it stays where it is.
    const itself = await imagesOf(mar, { ...call, guidance: { scale: 3, model: mar } });
    for (const [i, image] of plain.entries()) expect(distance(itself[i]!, image)).toBeLessThan(1e-4);
    const weaker = await imagesOf(mar, { ...call, guidance: { scale: 3, model: smallMAR({ seed: 2 }) } });
    expect(distance(weaker[0]!, guided[0]!)).toBeGreaterThan(0.01);
    const outside = await imagesOf(mar, { ...call, guidance: { scale: 3, interval: [0.5, 0.5] } });
    for (const [i, image] of plain.entries()) expect(distance(outside[i]!, image)).toBeLessThan(1e-5);
    const unlabelled = await imagesOf(mar, { count: 2, steps: 3, guidance: { scale: 3 } });
    const unguided = await imagesOf(mar, { labels: [null, null], steps: 3 });
    for (const [i, image] of unguided.entries()) expect(distance(unlabelled[i]!, image)).toBeLessThan(1e-5);
    await mar.dispose();
  });

  it('writes each token once and shows what is known so far', async () => {
    const mar = smallMAR();
    const known: number[][] = [];
    for await (const event of mar.sample({ labels: [1, 2], steps: 5, previews: true, backend })) {
      if (event.type === 'start') expect(event).toEqual({ type: 'start', images: 2, batches: 1, steps: 5 });
      if (event.type === 'done') {
        expect(event.evaluations).toBe(5);
        expect(known.at(-1)).toEqual(numbersOf(await event.latents.host()));
        event.latents.dispose();
      }
      if (event.type !== 'step') continue;
      expect(event).toMatchObject({
        batch: 0,
        steps: 5,
        step: known.length + 1,
        evaluations: known.length + 1,
      });
      expect(event.preview!.shape).toEqual([2, 6, 3]);
      known.push(numbersOf(await event.preview!.host()));
      event.preview!.dispose();
    }
    const counts = known.map((numbers) => numbers.filter((number) => number !== 0).length / 3 / 2);
    expect(counts).toEqual(maskedCounts(6, 5).map((masked) => 6 - masked));
    for (const [step, numbers] of known.entries()) {
      // What is known stays as it is.
      const before = known[step - 1] ?? [];
      for (const [i, number] of before.entries()) if (number !== 0) expect(numbers[i]).toBe(number);
    }
    await mar.dispose();
  });

  it('fills grids in patches', async () => {
    const mar = smallMAR({ latentShape: [2, 4, 4], patchSize: 2 });
    const previews: Tensor[] = [];
    for await (const event of mar.sample({ labels: [1], steps: 2, previews: true, backend })) {
      if (event.type === 'step') previews.push(event.preview!);
      if (event.type === 'done') previews.push(event.latents);
    }
    const [first, , last] = await Promise.all(previews.map(async (each) => (await each.host()).data));
    expect(previews[0]!.shape).toEqual([1, 2, 4, 4]);
    // Of each channel the same patches are known.
    const patches = [0, 1].map((channel) =>
      [0, 2, 8, 10].map((start) => [0, 1, 4, 5].map((i) => first![channel * 16 + start + i] !== 0)),
    );
    expect(patches[0]).toEqual(patches[1]);
    for (const patch of patches[0]!) expect(new Set(patch).size).toBe(1);
    expect(patches[0]!.filter(([known]) => known).length).toBe(4 - maskedCounts(4, 2)[0]!);
    expect(last!.every((number) => number !== 0)).toBe(true);
    for (const each of previews) each.dispose();
    await mar.dispose();
  });

  it('follows other samplers of diffusions', async () => {
    const mar = smallMAR();
    const plain = await imagesOf(mar, { labels: [1], steps: 2 });
    const ddimImages = await imagesOf(mar, { labels: [1], steps: 2, sampler: 'ddim' });
    expect(distance(ddimImages[0]!, plain[0]!)).toBeGreaterThan(0.01);
    // At temperature 0 ancestral sampling adds nothing, and deterministic sampling never does.
    const warm = await imagesOf(mar, { labels: [1], steps: 2, sampler: 'ddim', temperature: 0.3 });
    expect(warm).toEqual(ddimImages);
    const cold = await imagesOf(mar, { labels: [1], steps: 2, temperature: 0 });
    expect(distance(cold[0]!, plain[0]!)).toBeGreaterThan(0.01);
    await mar.dispose();
  });

  it('computes in half precision', async () => {
    const mar = smallMAR();
    const half = mar.cast('float16');
    // Of one step, since every other starts from what the ones before have rounded.
    const call = { labels: [1], steps: 1, guidance: { scale: 2 }, sampler: 'ddim' };
    const [exact] = await imagesOf(mar, call);
    const [rounded] = await imagesOf(half, call);
    const size = Math.max(...exact!.map(Math.abs));
    expect(distance(rounded!, exact!)).toBeGreaterThan(0);
    expect(distance(rounded!, exact!) / size).toBeLessThan(0.01);
    await mar.dispose();
    await half.dispose();
  });

  it('compiles each network once for all steps, batches and calls', async () => {
    let compiled = 0;
    const counting: Backend = Object.create(backend, {
      compile: {
        value: (...call: Parameters<Backend['compile']>) => {
          compiled += 1;
          return backend.compile(...call);
        },
      },
    });
    const mar = smallMAR();
    for (const guidance of [{ scale: 1 }, { scale: 2 }]) {
      await latentsOf(mar.sample({ labels: [1, 2, 3], steps: 6, guidance, batchSize: 2, backend: counting }));
    }
    // The transformer, the head, and the function that writes tokens.
    expect(compiled).toBe(3);
    await mar.dispose();
  });

  it('stops when it is aborted or left, and frees what it made', async () => {
    const mar = smallMAR();
    await latentsOf(mar.sample({ labels: [1, 2], steps: 4, backend })).then((latents) => latents.dispose());
    const before = memory();
    const controller = new AbortController();
    let steps = 0;
    const reason = new Error('enough');
    const run = async (): Promise<void> => {
      for await (const event of mar.sample({
        labels: [1, 2],
        steps: 4,
        signal: controller.signal,
        backend,
      })) {
        if (event.type === 'step') steps += 1;
        if (steps === 2) controller.abort(reason);
      }
    };
    await expect(run()).rejects.toBe(reason);
    expect(steps).toBe(2);
    expect(memory()).toEqual(before);
    for await (const event of mar.sample({ labels: [1, 2], steps: 4, backend })) {
      if (event.type === 'step') break;
    }
    expect(memory()).toEqual(before);
    await mar.dispose();
  });

  it('refuses random sources that give no orders', async () => {
    const mar = smallMAR();
    const before = memory();
    const random = (): RandomSource => ({
      ...sourceOf(new RandomStream({ seed: 1, name: 'test' })),
      permutation: (length) => new Int32Array(length),
    });
    const sampling = latentsOf(mar.sample({ count: 1, random, backend }));
    await expect(sampling).rejects.toThrow(/no permutation of 6/);
    expect(memory()).toEqual(before);
  });

  it.each([
    ['more steps than tokens', { count: 1, steps: 7 }],
    ['no steps', { count: 1, steps: 0 }],
    ['a label that is none', { labels: [5] }],
    ['a negative label', { labels: [-1] }],
    ['no images', { labels: [] }],
    ['a sampler of another process', { count: 1, sampler: 'euler' }],
    ['an unknown sampler', { count: 1, sampler: 'fastest' }],
    [
      'another model of other latents',
      { count: 1, guidance: { scale: 2, model: smallMAR({ latentShape: [5, 3] }) } },
    ],
  ] as const)('refuses %s before anything runs', async (_, { of = {}, ...call }: RefusedCall) => {
    const mar = smallMAR(of);
    await expect((async () => latentsOf(mar.sample({ ...call, backend })))()).rejects.toThrow(ArgumentError);
  });
});

function numbersOf({ data }: HostTensor): number[] {
  return Array.from(data, Number);
}
