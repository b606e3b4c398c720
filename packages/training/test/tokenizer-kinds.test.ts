import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import type { Backend } from '@softvq/core';
import { fromPretrained } from '@softvq/tokenizer/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permuteChannels } from '../src/dataset/permute-channels.js';
import {
  openSplits,
  type ProgressEvent,
  type TokenizerTrainingInput,
  type TrainingEvent,
  trainTokenizer,
} from '../src/index.js';
import { expectSame } from './support/expect-same.js';
import { temporaryFolder, writePictures } from './support/pictures.js';
import { tinyTokenizerTraining } from './support/tiny.js';

describe('trainTokenizer with other settings', () => {
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

  const short = { steps: 6, logEvery: 3, evaluateEvery: 0, checkpointEvery: 0 };

  async function run(config: TokenizerTrainingInput): Promise<TrainingEvent[]> {
    const events: TrainingEvent[] = [];
    for await (const event of trainTokenizer(config, { backend })) events.push(event);
    return events;
  }

  function lossNames(events: readonly TrainingEvent[]): string[] {
    const last = events.findLast((event): event is ProgressEvent => event.type === 'progress');
    return Object.keys(last!.losses).sort();
  }

  it.each([
    ['VQ', ['codebook', 'commitment', 'gradientNorm', 'mse', 'total']],
    ['KL', ['divergence', 'gradientNorm', 'mse', 'total']],
    ['AE', ['gradientNorm', 'mse', 'total']],
  ] as const)('trains a %s', async (kind, losses) => {
    const tiny = tinyTokenizerTraining(dataset, join(folder, kind), short);
    const events = await run({ ...tiny, model: { ...tiny.model, kind } });
    expect(lossNames(events)).toEqual(losses);
    expect((await fromPretrained(join(folder, kind, 'model'))).constructor.name).toBe(kind);
  });

  it('trains against a discriminator, and goes on exactly', async () => {
    const [straight, stopped] = ['adversarial', 'adversarial-stopped'].map((name) => join(folder, name)) as [
      string,
      string,
    ];
    // The discriminator takes part after the interruption.
    const adversarial = { weight: 0.1, start: 26, discriminator: 'patch', width: 4, layers: 1 } as const;
    const more = { losses: { l1: 0.5, adversarial }, logEvery: 10, evaluateEvery: 0 } as const;
    const events = await run(tinyTokenizerTraining(dataset, straight, more));
    expect(lossNames(events)).toEqual(
      expect.arrayContaining([
        'adversarial',
        'discriminator.lecam',
        'discriminator.consistency',
        'discriminator.total',
        'l1',
      ]),
    );
    const controller = new AbortController();
    const config = tinyTokenizerTraining(dataset, stopped, more);
    const interrupted = async (): Promise<void> => {
      for await (const event of trainTokenizer(config, { backend, signal: controller.signal })) {
        if (event.type === 'progress') controller.abort(new Error('enough'));
      }
    };
    await expect(interrupted()).rejects.toThrow('enough');
    const [start] = await run(config);
    expect(start).toMatchObject({ type: 'start', step: 10 });
    await expectSame(straight, stopped, 6);
  });

  it('says where to get weights that are missing', async () => {
    const perceptual = { weight: 1, vgg: join(folder, 'vgg.pth') };
    const config = tinyTokenizerTraining(dataset, join(folder, 'missing'), {
      ...short,
      losses: { perceptual },
    });
    await expect(run(config)).rejects.toThrow(
      /vgg\.pth: there is no such file; download the weights of VGG-16 at https/,
    );
  });

  it('holds out a share of a folder without parts', async () => {
    const events = await run(
      tinyTokenizerTraining(join(dataset, 'train'), join(folder, 'share'), { ...short, heldOut: 0.25 }),
    );
    expect(events.at(-1)!.type).toBe('done');
    const { training, heldOut } = await openSplits(join(dataset, 'train'), { heldOut: 0.25, seed: 0 });
    expect([training.length, heldOut.length]).toEqual([18, 6]);
    const names = [training, heldOut].flatMap((part) =>
      Array.from({ length: part.length }, (_, i) => part.nameOf(i)),
    );
    expect(new Set(names).size).toBe(24);
    const other = await openSplits(join(dataset, 'train'), { heldOut: 0.25, seed: 1 });
    expect(other.heldOut.fingerprint).not.toBe(heldOut.fingerprint);
    await expect(openSplits(join(dataset, 'train'), { heldOut: 0.99, seed: 0 })).rejects.toThrow(
      /leaves none to train on/,
    );
  });

  it('exchanges channels of whole pictures, the same way at the same step', () => {
    const plain = Float32Array.from({ length: 16 * 3 * 4 }, (_, i) => i);
    const permuted = (step: number): Float32Array => {
      const data = plain.slice();
      permuteChannels({ dtype: 'float32', shape: [16, 3, 2, 2], data }, 7, step);
      return data;
    };
    const seen = new Set<string>();
    for (let picture = 0; picture < 16; picture++) {
      const planes = [0, 1, 2].map((channel) => {
        const start = (picture * 3 + channel) * 4;
        const plane = permuted(3).slice(start, start + 4);
        const from = plane[0]! / 4 - picture * 3;
        expect([...plane]).toEqual([0, 1, 2, 3].map((i) => (picture * 3 + from) * 4 + i));
        return from;
      });
      expect(planes.toSorted()).toEqual([0, 1, 2]);
      seen.add(planes.join());
    }
    expect(seen.size).toBeGreaterThan(3);
    expect(permuted(3)).toEqual(permuted(3));
    expect(permuted(3)).not.toEqual(permuted(4));
  });

  it('goes on from a saved tokenizer, and begins one from a config', async () => {
    const first = join(folder, 'first');
    await run(tinyTokenizerTraining(dataset, first, short));
    const from = join(first, 'model');
    const tuned = await run(
      tinyTokenizerTraining(dataset, join(folder, 'tuned'), { ...short, model: { from } }),
    );
    const anew = await run(
      tinyTokenizerTraining(dataset, join(folder, 'anew'), {
        ...short,
        model: { config: join(from, 'config.json') },
      }),
    );
    const firstLoss = (events: readonly TrainingEvent[]) =>
      events.find((event) => event.type === 'progress')!.losses['mse']!;
    expect(firstLoss(tuned)).toBeLessThan(firstLoss(anew));
    await expect(
      run(
        tinyTokenizerTraining(dataset, join(folder, 'larger'), { ...short, imageSize: 32, model: { from } }),
      ),
    ).rejects.toThrow(/imageSize is 32, and .* takes images of 16/);
  });
});
