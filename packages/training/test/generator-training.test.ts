import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { ArgumentError, type Backend, memory } from '@softvq/core';
import { openLatentCache, readPicture } from '@softvq/data/node';
import { DiT, MAR, SiT } from '@softvq/generators';
import { fromPretrained, savePretrained } from '@softvq/generators/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type GeneratorTrainingInput,
  parseGeneratorTraining,
  readTrainingRecord,
  type TrainingEvent,
  trainGenerator,
  trainTokenizer,
} from '../src/index.js';
import { expectSame } from './support/expect-same.js';
import { temporaryFolder, writePictures } from './support/pictures.js';
import { runUntilKilled } from './support/run-child.js';
import { tinyGeneratorTraining, tinyTokenizerTraining } from './support/tiny.js';

describe('trainGenerator', () => {
  let backend: Backend;
  let folder: string;
  let dataset: string;
  let tokenizer: string;
  beforeAll(async () => {
    backend = await cpu();
    folder = await temporaryFolder();
    dataset = join(folder, 'pictures');
    await writePictures(dataset);
    const output = join(folder, 'tokenizer');
    const config = tinyTokenizerTraining(dataset, output, { evaluateEvery: 0, checkpointEvery: 0 });
    for await (const event of trainTokenizer(config, { backend })) {
      if (event.type === 'done') tokenizer = event.folder;
    }
  });
  afterAll(() => backend.dispose());

  const paths = (name: string) => ({ tokenizer, dataset, output: join(folder, name) });

  async function run(config: GeneratorTrainingInput): Promise<TrainingEvent[]> {
    const events: TrainingEvent[] = [];
    for await (const event of trainGenerator(config, { backend })) events.push(event);
    return events;
  }

  it('makes latents, learns, draws samples, and saves a generator', async () => {
    const output = join(folder, 'whole');
    const latents = join(folder, 'latents');
    const before = memory();
    const done: number[] = [];
    const events: TrainingEvent[] = [];
    const config = tinyGeneratorTraining(paths('whole'), {
      latents,
      steps: 120,
      evaluateEvery: 60,
      checkpointEvery: 0,
    });
    const options = { backend, onLatents: (progress: { done: number }) => done.push(progress.done) };
    for await (const event of trainGenerator(config, options)) events.push(event);
    // Tracing leaves small tables for the garbage collector; a tokenizer or a state would be 40 kB or more.
    expect(memory().bytes - before.bytes).toBeLessThan(4096);
    expect(done.at(-1)).toBe(28);

    const cache = await openLatentCache(join(latents, 'train'));
    expect([cache.entries, cache.latentShape, cache.flips]).toEqual([24, [4, 8], true]);
    const losses = events.flatMap((event) => (event.type === 'progress' ? [event.losses['total']!] : []));
    const mean = (part: number[]) => part.reduce((sum, each) => sum + each, 0) / part.length;
    expect(mean(losses.slice(-4))).toBeLessThan(mean(losses.slice(0, 3)) * 0.8);
    const evaluations = events.filter((event) => event.type === 'evaluation');
    expect(evaluations.map(({ step }) => step)).toEqual([60, 120]);
    expect(evaluations[1]!.figures['heldOutLoss']!).toBeLessThan(evaluations[0]!.figures['heldOutLoss']!);
    const { width, height } = await readPicture(evaluations[1]!.pictures[0]!.path);
    expect([width, height]).toEqual([4 * 16 + 3 * 2, 16]);
    expect((await readdir(join(output, 'tensorboard'))).length).toBe(1);

    const model = join(output, 'model');
    const record = await readTrainingRecord(model);
    expect(record).toMatchObject({
      tokenizer: cache.tokenizer,
      tokenizerInHalf: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      latentShape: [4, 8],
      classes: ['blue', 'red'],
    });
    const generator = await fromPretrained(model);
    expect(generator).toBeInstanceOf(SiT);
    expect([generator.classes, generator.latentShape]).toEqual([2, [4, 8]]);
    for await (const event of generator.sample({ labels: [0, 1], steps: 2, backend })) {
      if (event.type === 'done') expect((await event.latents.host()).data.every(Number.isFinite)).toBe(true);
    }
    await generator.dispose();

    // Latents that are there are enough.
    const { dataset: _, ...without } = tinyGeneratorTraining(paths('from-latents'), { latents, steps: 8 });
    const again = await run(without);
    expect(again.at(-1)!.type).toBe('done');
  });

  it('goes on after kill -9 as if nothing had happened, bit for bit', async () => {
    const [straight, killed] = [paths('straight'), paths('killed')];
    await run(tinyGeneratorTraining(straight));
    const config = tinyGeneratorTraining(killed, { stepsPerCall: 3 });
    const lines = await runUntilKilled(
      'train-child.ts',
      JSON.stringify({ generator: config }),
      (line) => line === '{"type":"checkpoint","step":20}',
      103,
    );
    expect(lines).not.toContain('{"type":"done","step":40}');
    const [start] = await run(config);
    expect(start!.step).toBeGreaterThanOrEqual(20);
    expect(start!.step).toBeLessThan(40);
    await expectSame(straight.output, killed.output, 9);
  });

  it.each([
    ['DiT', { kind: 'DiT', width: 16, depth: 1, heads: 2 }],
    [
      'MAR',
      {
        kind: 'MAR',
        width: 16,
        depth: 1,
        heads: 2,
        mar: { headWidth: 16, headDepth: 1, buffer: 2, noisesPerToken: 2, headSteps: 3 },
      },
    ],
  ] as const)('trains a %s, in parts of a batch', async (kind, model) => {
    const config = tinyGeneratorTraining(paths(kind), {
      model,
      accumulation: 2,
      steps: 10,
      logEvery: 5,
      evaluateEvery: 0,
      checkpointEvery: 0,
      latents: join(folder, 'latents'),
    });
    const events = await run(config);
    expect(events.map(({ type }) => type)).toEqual([
      'start',
      'progress',
      'progress',
      'evaluation',
      'checkpoint',
      'done',
    ]);
    expect((await fromPretrained(join(folder, kind, 'model'))).name).toBe(kind);
  });

  it('refuses what does not belong together', async () => {
    const latents = join(folder, 'latents');
    const changed = await tokenizerWith({ vq_std: 100 });
    const config = tinyGeneratorTraining(paths('refused'), { steps: 8 });
    await expect(run({ ...config, tokenizer: changed })).rejects.toThrow(
      /far from the .* of the tokenizer's config/,
    );
    await expect(run({ ...config, tokenizer: changed, latents })).rejects.toThrow(/tokenizer/);
    const without = await tokenizerWith({ vq_std: undefined, vq_mean: undefined });
    await expect(run({ ...config, tokenizer: without, output: join(folder, 'refused-2') })).rejects.toThrow(
      /has no latent statistics/,
    );

    await run(tinyGeneratorTraining(paths('first'), { steps: 4, latents }));
    const from = join(folder, 'first', 'model');
    await run(tinyGeneratorTraining(paths('second'), { steps: 4, latents, model: { from } }));
    const record = JSON.parse(await readFile(join(from, 'training.json'), 'utf8')) as {
      latentStatistics: object;
    };
    const other = { ...record, latentStatistics: { mean: 0, std: 3 } };
    await writeFile(join(from, 'training.json'), JSON.stringify(other));
    const third = tinyGeneratorTraining(paths('third'), { latents, model: { from } });
    await expect(run(third)).rejects.toThrow(ArgumentError);
    await expect(run(third)).rejects.toThrow(/was trained on latents of mean 0 and deviation 3/);
  });

  const common = { latentShape: [4, 8], classes: 2, width: 16, depth: 1, heads: 2, seed: 5 } as const;
  const transformer = { width: 16, depth: 1, heads: 2 };
  it.each([
    [
      'SiT',
      () => new SiT({ ...common, path: 'cosine', times: 'uniform' }),
      { kind: 'SiT', labelDropout: 0.3, sit: { times: 'lognormal' } },
      { path_type: 'cosine', time_distribution: 'lognormal', class_dropout_prob: 0.3 },
    ],
    [
      'DiT',
      () => new DiT({ ...common, schedule: 'cosine', clipDenoised: 6 }),
      { kind: 'DiT', dit: { clipDenoised: 4, minSnr: 5 } },
      { noise_schedule: 'cosine', clip_denoised: 4, min_snr: 5, class_dropout_prob: 0.1 },
    ],
    [
      'MAR',
      () =>
        new MAR({
          ...common,
          encoder: transformer,
          decoder: transformer,
          head: { width: 16, depth: 1 },
          buffer: 2,
        }),
      { kind: 'MAR', mar: { attentionDropout: 0, leastMaskRatio: 0.25, maskRatioDeviation: 0.5 } },
      { buffer_size: 2, attn_dropout: 0, proj_dropout: 0.1, mask_ratio_min: 0.25, mask_ratio_std: 0.5 },
    ],
  ] as const)('goes on with other settings of a saved %s', async (name, create, change, expected) => {
    const saved = create();
    const from = join(folder, `saved-${name}`);
    await savePretrained(saved, from);
    const model = { ...change, from };
    const config = tinyGeneratorTraining(paths(`changed-${name}`), {
      latents: join(folder, 'latents'),
      model,
      steps: 1,
      optimizer: { learningRate: 1e-9, averageDecay: 0 },
      evaluation: { samples: 0 },
    });
    await run(config);
    const trained = join(config.output, 'model');
    expect(JSON.parse(await readFile(join(trained, 'config.json'), 'utf8'))).toMatchObject(expected);
    const weights = (await fromPretrained(trained)).stateDict();
    for (const [tensor, before] of Object.entries(saved.stateDict())) {
      const [now, then] = await Promise.all([weights[tensor]!.array(), before.array()]);
      weights[tensor]!.dispose();
      before.dispose();
      expect((now as number[]).flat(3)).toEqual(
        (then as number[]).flat(3).map((each) => expect.closeTo(each, 6)),
      );
    }
    const kind = name === 'SiT' ? 'DiT' : 'SiT';
    await expect(run({ ...config, output: join(folder, 'other'), model: { from, kind } })).rejects.toThrow(
      `model.kind: ${from} holds a ${name}, not a ${kind}`,
    );
  });

  /** The folder of the tokenizer with other fields in its config. */
  async function tokenizerWith(fields: object): Promise<string> {
    const copy = join(folder, `tokenizer-${JSON.stringify(Object.entries(fields)).length}`);
    await cp(tokenizer, copy, { recursive: true });
    const path = join(copy, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...config, ...fields }));
    return copy;
  }

  it('has a configuration that names what is wrong', () => {
    const least = { tokenizer: 't', dataset: 'd', output: 'o' };
    expect(parseGeneratorTraining(least)).toMatchObject({
      model: { sit: {} },
      optimizer: { schedule: 'constant' },
    });
    expect(() => parseGeneratorTraining({ ...least, model: { kind: 'DiT', preset: 'sit-b' } })).toThrow(
      /model\.preset: sit-b is no preset of a DiT; it must be one of dit-s, dit-b/,
    );
    expect(() => parseGeneratorTraining({ tokenizer: 't', output: 'o' })).toThrow(/dataset: it must name/);
    expect(() => parseGeneratorTraining({ ...least, model: { kind: 'sit' } })).toThrow(
      /must be one of SiT, DiT, MAR/,
    );
    expect(() => parseGeneratorTraining({ ...least, model: { mar: { headSteps: 9 } } })).toThrow(
      /model\.mar: it is for a MAR only; the kind is SiT/,
    );
    expect(() => parseGeneratorTraining({ ...least, model: { from: 'f', dit: { minSnr: 5 } } })).toThrow(
      /model\.dit: it is for a DiT only; say kind: DiT/,
    );
    const sized = { from: 'f', kind: 'MAR', width: 8, mar: { buffer: 2, headSteps: 9 } } as const;
    expect(() => parseGeneratorTraining({ ...least, model: sized })).toThrow(
      /model\.width: sizes are those of the saved generator.*\n.*model\.mar\.buffer: sizes are those/,
    );
  });
});
