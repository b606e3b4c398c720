import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { type Backend, compile, fromHost, memory, type Tensor } from '@softvq/core';
import { openCheckpoint } from '@softvq/core/node';
import { createLoader } from '@softvq/data';
import { openDataset, readPicture } from '@softvq/data/node';
import { SoftVQ } from '@softvq/tokenizer';
import { fromPretrained } from '@softvq/tokenizer/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type TokenizerTrainingInput,
  TrainingDivergedError,
  type TrainingEvent,
  trainTokenizer,
} from '../src/index.js';
import { expectSame } from './support/expect-same.js';
import { temporaryFolder, writePictures } from './support/pictures.js';
import { runUntilKilled } from './support/run-child.js';
import { tinyTokenizerTraining } from './support/tiny.js';

describe('trainTokenizer', () => {
  let backend: Backend;
  let folder: string;
  let dataset: string;
  beforeAll(async () => {
    backend = await cpu();
    folder = await temporaryFolder();
    dataset = join(folder, 'pictures');
    await writePictures(dataset);
  });
  afterAll(() => backend.dispose());

  async function run(config: TokenizerTrainingInput, signal?: AbortSignal): Promise<TrainingEvent[]> {
    const events: TrainingEvent[] = [];
    for await (const event of trainTokenizer(config, { backend, signal })) events.push(event);
    return events;
  }

  it('learns, tells what happens, and saves a tokenizer with its statistics', async () => {
    const output = join(folder, 'whole');
    const before = memory();
    const events = await run(tinyTokenizerTraining(dataset, output));
    expect(memory()).toEqual(before);
    const told = events.map(({ type, step }) => `${type} ${step}`);
    expect(told[0]).toBe('start 0');
    expect(told.filter((each) => each.startsWith('progress'))).toEqual(
      [8, 16, 24, 32, 40].map((step) => `progress ${step}`),
    );
    expect(told.filter((each) => each.startsWith('evaluation'))).toEqual(
      [16, 32, 40].map((step) => `evaluation ${step}`),
    );
    expect(told).toContain('checkpoint 20');
    expect(told.at(-1)).toBe('done 40');

    const losses = events.flatMap((event) => (event.type === 'progress' ? [event.losses['mse']!] : []));
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    const evaluations = events.filter((event) => event.type === 'evaluation');
    expect(evaluations.at(-1)!.figures['psnr']!).toBeGreaterThan(evaluations[0]!.figures['psnr']! + 1);
    expect(evaluations.at(-1)!.figures['codebookUsage']).toBeGreaterThan(0);
    // Two rows of four originals above four reconstructions, 16 pixels each and 2 between.
    const { width, height } = await readPicture(evaluations.at(-1)!.pictures[0]!.path);
    expect([width, height]).toEqual([4 * 16 + 3 * 2, 2 * 16 + 2]);

    const tokenizer = await fromPretrained(join(output, 'model'));
    expect(tokenizer).toBeInstanceOf(SoftVQ);
    expect(await moments(tokenizer as SoftVQ)).toEqual({
      mean: expect.closeTo(tokenizer.latentStatistics!.mean, 4),
      std: expect.closeTo(tokenizer.latentStatistics!.std, 4),
    });
  });

  it('goes on after kill -9 as if nothing had happened, bit for bit', async () => {
    // The checkpoint at step 20 lies between two lines of the log.
    const [straight, killed] = ['straight', 'killed'].map((name) => join(folder, name)) as [string, string];
    const more = { augmentation: { permuteChannels: true, crop: 'random' } } as const;
    await run(tinyTokenizerTraining(dataset, straight, more));
    // Three steps in a call do not divide what lies between two lines of the log either.
    const config = tinyTokenizerTraining(dataset, killed, { ...more, stepsPerCall: 3 });
    const lines = await runUntilKilled(
      'train-child.ts',
      JSON.stringify({ tokenizer: config }),
      (line) => line === '{"type":"checkpoint","step":20}',
      105,
    );
    expect(lines).not.toContain('{"type":"done","step":40}');
    const events = await run(config);
    const start = events[0]!;
    expect(start.type).toBe('start');
    expect(start.step).toBeGreaterThanOrEqual(20);
    expect(start.step).toBeLessThan(40);
    await expectSame(straight, killed, 9);
  });

  it('saves when it is aborted, also in the middle of an evaluation, and goes on exactly', async () => {
    const [straight, aborted] = ['not-aborted', 'aborted'].map((name) => join(folder, name)) as [
      string,
      string,
    ];
    await run(tinyTokenizerTraining(dataset, straight));
    const config = tinyTokenizerTraining(dataset, aborted, { checkpointEvery: 0 });
    // At step 16 an evaluation follows the line of the log; at step 24 nothing does.
    for (const step of [16, 24]) {
      const controller = new AbortController();
      const events: string[] = [];
      const reason = new Error('enough');
      const training = async (): Promise<void> => {
        for await (const event of trainTokenizer(config, { backend, signal: controller.signal })) {
          events.push(`${event.type} ${event.step}`);
          if (event.type === 'progress' && event.step === step) controller.abort(reason);
        }
      };
      await expect(training()).rejects.toBe(reason);
      expect(events.at(-1)).toBe(`checkpoint ${step}`);
      expect(events).not.toContain(step === 16 ? 'evaluation 16' : 'progress 32');
    }
    await run(config);
    await expectSame(straight, aborted, 9);
  });

  it('stops at a loss that is no number, and keeps the last good checkpoint', async () => {
    const output = join(folder, 'diverged');
    await run(tinyTokenizerTraining(dataset, output, { steps: 20 }));
    const config = tinyTokenizerTraining(dataset, output, { optimizer: { learningRate: 1e30 } });
    const error = await run(config).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(TrainingDivergedError);
    const checkpoint = join(output, 'checkpoints', 'step-00000020');
    expect(error).toMatchObject({ checkpoint });
    expect((error as TrainingDivergedError).step).toBeGreaterThan(20);
    expect((error as Error).message).toContain(checkpoint);
    const { tensors } = await openCheckpoint(join(checkpoint, 'state.safetensors'));
    for (const tensor of tensors.values()) {
      const { data } = await tensor.read();
      expect(Array.from(data, Number).every(Number.isFinite)).toBe(true);
    }
    expect((await readdir(join(output, 'checkpoints'))).sort()).toEqual(['step-00000016', 'step-00000020']);
  });

  it('refuses to go on with another training', async () => {
    const output = join(folder, 'another');
    await run(tinyTokenizerTraining(dataset, output, { steps: 8, evaluateEvery: 0 }));
    await expect(run(tinyTokenizerTraining(dataset, output, { batchSize: 6 }))).rejects.toThrow(
      /was made with batchSize 4, which is 6 now/,
    );
    await expect(run(tinyTokenizerTraining(dataset, output, { steps: 4 }))).rejects.toThrow(
      /already beyond the 4 steps/,
    );
    await expect(run(tinyTokenizerTraining(dataset, output, { resume: false }))).rejects.toThrow(
      /holds the checkpoint/,
    );
  });

  /** Of the latents of the training pictures, in the plainest way. */
  async function moments(tokenizer: SoftVQ): Promise<{ mean: number; std: number }> {
    const loader = createLoader(await openDataset(join(dataset, 'train')), {
      batchSize: 24,
      imageSize: 16,
      shuffle: false,
      epochs: 1,
      workers: 0,
    });
    const numbers: number[] = [];
    const encode = compile((images: Tensor) => tokenizer.encode(images), { backend });
    for await (const { images } of loader) {
      const latents = await encode(fromHost(images));
      numbers.push(...Array.from((await latents.host()).data, Number));
    }
    await loader.close();
    const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
    return {
      mean,
      std: Math.sqrt(numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length),
    };
  }
});
