import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { type Backend, FileFormatError, setDefaultBackend, tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import type { Picture } from '@softvq/data';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EmojiClassifier } from '../src/classifier.js';
import { type ClassifierOrigin, readClassifier, saveClassifier } from '../src/classifier-file.js';
import type { LabelledPictures } from '../src/emoji-pictures.js';
import { FeatureExtractor, recognised } from '../src/features.js';
import { trainClassifier } from '../src/train-classifier.js';

const size = 16;
const signal = new AbortController().signal;
const recipe = { epochs: 6, batchSize: 8, peakLearningRate: 1e-2, weightDecay: 0.01, maximumShift: 2 };
const quiet = { signal, onProgress: () => undefined };

let backend: Backend;
beforeAll(async () => {
  backend = await cpu({ threads: 1 });
  setDefaultBackend(backend);
});
afterAll(() => backend.dispose());

/** Class 0 has a bar that lies, class 1 one that stands, anywhere and of any colour. */
function bars(count: number, seed: number): LabelledPictures {
  const random = new RandomStream({ seed, name: 'bars' });
  const pictures: Picture[] = [];
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const data = new Uint8Array(size * size * 3).fill(255);
    const [place, ...colour] = random.integers(4, { high: 200 });
    const at = 3 + (place! % (size - 6));
    for (let along = 2; along < size - 2; along++) {
      const pixel = i % 2 === 0 ? at * size + along : along * size + at;
      data.set(colour, pixel * 3);
    }
    labels[i] = i % 2;
    pictures.push({ width: size, height: size, data });
  }
  return { pictures, labels };
}

function small(seed = 0): EmojiClassifier {
  return new EmojiClassifier({ classes: 2, widths: [8, 16], seed });
}

function train(pictures: LabelledPictures, own: AbortSignal = signal): Promise<EmojiClassifier> {
  return trainClassifier(small(), pictures, {
    backend,
    recipe,
    seed: 1,
    signal: own,
    onStep: () => undefined,
  });
}

describe('trainClassifier', () => {
  it('tells classes apart that it has not seen the pictures of', async () => {
    const extractor = new FeatureExtractor(await train(bars(96, 1)), backend);
    const described = await extractor.describe(bars(41, 2), quiet);
    await extractor.dispose();
    expect(recognised(described).top1).toBeGreaterThan(0.9);
    expect(described.features).toMatchObject({ rows: 41, columns: 16 });
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(train(bars(16, 1), controller.signal)).rejects.toThrow('enough');
  });
});

describe('a saved classifier', () => {
  const origin: ClassifierOrigin = {
    classes: ['lies', 'stands'],
    fingerprint: 'bars',
    imageSize: size,
    seed: 0,
    widths: [8, 16],
    recipe,
  };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emoji-classifier-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives the same features and logits when it is read again', async () => {
    const trained = await train(bars(24, 3));
    await saveClassifier(folder, trained, origin);
    const found = await readClassifier(folder, small(7), origin);
    const x = tensor(Array.from(new RandomStream({ seed: 4, name: 'x' }).normal(3 * size * size))).reshape([
      1,
      3,
      size,
      size,
    ]);
    const results = [trained, found!].map(async (each) => {
      const features = each.features(x);
      return [await features.array(), await each.logits(features).array()];
    });
    const [before, after] = await Promise.all(results);
    expect(after).toEqual(before);
  });

  it('is not used for other pictures, and is not there before it is saved', async () => {
    expect(await readClassifier(folder, small(), origin)).toBeUndefined();
    await saveClassifier(folder, small(), origin);
    expect(await readClassifier(folder, small(), { ...origin, fingerprint: 'others' })).toBeUndefined();
    expect(await readClassifier(folder, small(), origin)).toBeInstanceOf(EmojiClassifier);
  });

  it('is refused when its weights are cut short, of another shape or not finite', async () => {
    const path = join(folder, 'model.safetensors');
    await saveClassifier(folder, small(), origin);
    const whole = await readFile(path);
    const refused = async (reason: RegExp): Promise<void> => {
      const reading = readClassifier(folder, small(), origin);
      await expect(reading).rejects.toThrow(FileFormatError);
      await expect(readClassifier(folder, small(), origin)).rejects.toThrow(reason);
    };

    await writeFile(path, whole.subarray(0, whole.length - 5));
    await refused(/model\.safetensors/);

    await saveClassifier(folder, new EmojiClassifier({ classes: 3, widths: [8, 16] }), origin);
    await refused(/head\.weight \[3, 16\] for \[2, 16\]/);

    const poisoned = small();
    const weights = {
      ...poisoned.stateDict(),
      'head.bias': tensor([0, Number.NaN]),
    };
    await saveClassifier(folder, poisoned.with(weights), origin);
    await refused(/"head\.bias" holds numbers that are not finite/);
  });

  it('is refused when its config is none of a classifier', async () => {
    await saveClassifier(folder, small(), origin);
    await writeFile(join(folder, 'config.json'), '{ "format": "softvq-pipeline" }');
    await expect(readClassifier(folder, small(), origin)).rejects.toThrow('must be "emoji-classifier"');
    await writeFile(join(folder, 'config.json'), '{ "format": ');
    await expect(readClassifier(folder, small(), origin)).rejects.toThrow('this is no JSON');
  });
});
