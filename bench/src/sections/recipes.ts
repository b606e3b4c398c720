import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { compile, defaultBackend, fromHost, sizeOf, type Tensor } from '@softvq/core';
import { createLoader } from '@softvq/data';
import { buildEmojiDataset } from '@softvq/data/emoji';
import { openDataset } from '@softvq/data/node';
import { SiT } from '@softvq/generators';
import { fromPretrained as loadGenerator } from '@softvq/generators/node';
import { fromPretrained as loadTokenizer } from '@softvq/tokenizer/node';
import {
  type GeneratorTrainingInput,
  parseGeneratorTraining,
  parseTokenizerTraining,
  type TokenizerTrainingInput,
  type TrainingEvent,
  trainGenerator,
  trainTokenizer,
} from '@softvq/training';
import { parse } from 'yaml';
import { type BarePair, createBarePair, type Product, productFlops } from '../bare-rate.js';
import { attentionFlopsOf, linearProductsOf } from '../graph-products.js';
import { noise } from '../noise.js';
import { reportShare, reportShares } from '../report.js';
import { median } from '../timing.js';

const models = dirname(createRequire(import.meta.url).resolve('@softvq/models-emoji/package.json'));
/** Progress events that count, after those of the start. */
const [counted, skipped] = [8, 2];
/** Runs of the bare products after each of them. */
const bareCalls = 6;
const bareWarmup = 6;
/** By then the loader has all that it reads ahead. */
const readAheadMilliseconds = 1_000;

/**
 * The trainings of the emoji models as their configurations describe them, with everything that belongs to it: reading
 * pictures, batches, losses, logs.
 */
export async function benchRecipes(threads: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'softvq-bench-'));
  try {
    const dataset = join(folder, 'emoji');
    await buildEmojiDataset(dataset, { size: 64 });
    const imagesPerSecond = await benchTokenizer(dataset, join(folder, 'tokenizer'), threads);
    reportShare('reading its pictures, one worker', await reading(dataset), imagesPerSecond, 'images/s', 3);
    await benchSiT(dataset, join(folder, 'sit'), threads);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function benchTokenizer(dataset: string, output: string, threads: number): Promise<number> {
  const config = { ...(await recipe<TokenizerTrainingInput>('tokenizer')), dataset, output };
  const { batchSize, imageSize } = parseTokenizerTraining(config);
  const tokenizer = await loadTokenizer(join(models, 'tokenizer'));
  const images = fromHost({
    dtype: 'float32',
    shape: [batchSize, 3, imageSize, imageSize],
    data: noise(sizeOf([batchSize, 3, imageSize, imageSize]), 1),
  });
  const forward = await forwardOf({ images }, (x) => tokenizer.decode(tokenizer.encode(x.images)));
  const events = trainTokenizer(config, { backend: defaultBackend() });
  return share('training of the emoji tokenizer', { events, batchSize, forward, threads });
}

async function benchSiT(dataset: string, output: string, threads: number): Promise<void> {
  const tokenizer = join(models, 'tokenizer');
  const { latents: _, ...given } = await recipe<GeneratorTrainingInput>('sit');
  const config = { ...given, tokenizer, dataset, output };
  const { batchSize } = parseGeneratorTraining(config);
  const sit = await loadGenerator(join(models, 'sit', 'generator'));
  if (!(sit instanceof SiT)) throw new TypeError('the emoji pipeline "sit" has another generator');
  const shape = [batchSize, ...sit.latentShape];
  const latents = fromHost({ dtype: 'float32', shape, data: noise(sizeOf(shape), 1) });
  const times = fromHost({ dtype: 'float32', shape: [batchSize], data: new Float32Array(batchSize) });
  const labels = fromHost({ dtype: 'int32', shape: [batchSize], data: new Int32Array(batchSize) });
  const forward = await forwardOf({ latents, times, labels }, (x) =>
    sit.predict(x.latents, x.times, x.labels),
  );
  const events = trainGenerator(config, { backend: defaultBackend() });
  await share('training of the emoji SiT', { events, batchSize, forward, threads });
}

async function recipe<Input>(name: string): Promise<Input> {
  return parse(await readFile(join(models, 'training', `${name}.yaml`), 'utf8')) as Input;
}

/** Products of the forward pass of a batch. */
interface Forward {
  readonly products: readonly Product[];
  readonly flops: number;
}

async function forwardOf<Input extends Record<string, Tensor>>(
  input: Input,
  network: (input: Input) => Tensor,
): Promise<Forward> {
  const graph = await compile((x: Input) => ({ y: network(x) })).graph(input);
  const products = linearProductsOf(graph);
  return { products, flops: productFlops(products) + attentionFlopsOf(graph) };
}

interface Training {
  readonly events: AsyncGenerator<TrainingEvent, void, void>;
  readonly batchSize: number;
  readonly forward: Forward;
  readonly threads: number;
}

/**
 * A training between two progress events, and its bare products, in turn. A step counts as three forwards.
 *
 * @returns images a second in training.
 */
async function share(what: string, { events, batchSize, forward, threads }: Training): Promise<number> {
  const bare = await createBarePair(forward.products, threads);
  const secondsOfStep: number[] = [];
  const secondsOfBare: Record<keyof BarePair, number[]> = { returned: [], kernels: [] };
  let before = 0;
  try {
    while (secondsOfStep.length < skipped + counted) {
      const start = performance.now();
      const { done, value: event } = await events.next();
      if (done) throw new RangeError('the training ended before it was measured');
      if (event.type !== 'progress') continue;
      secondsOfStep.push((performance.now() - start) / 1000 / (event.step - before));
      before = event.step;
      // The loader reads ahead, and would take a core from the bare products.
      await setTimeout(readAheadMilliseconds);
      for (const name of ['returned', 'kernels'] as const) {
        // Memory that lay idle is slow at first.
        for (let i = 0; i < bareWarmup; i++) await bare[name].run();
        for (let i = 0; i < bareCalls; i++) secondsOfBare[name].push(await secondsOf(() => bare[name].run()));
      }
    }
  } finally {
    await events.return();
    await Promise.all([bare.returned.dispose(), bare.kernels.dispose()]);
  }
  const imagesPerSecond = batchSize / median(secondsOfStep.slice(skipped));
  const bareRate = (name: keyof BarePair): number =>
    (batchSize * bare[name].flops) /
    (3 * forward.flops) /
    median(secondsOfBare[name].slice(skipped * bareCalls));
  const rates = { returned: bareRate('returned'), kernels: bareRate('kernels') };
  reportShares(what, imagesPerSecond, rates, 'images/s', 0.65);
  return imagesPerSecond;
}

async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

/** Pictures a second that one worker reads, decodes and makes ready as the tokenizer's training has them. */
async function reading(folder: string): Promise<number> {
  const config = parseTokenizerTraining(await recipe<TokenizerTrainingInput>('tokenizer'));
  const { batchSize, imageSize, augmentation } = config;
  const dataset = await openDataset(join(folder, 'train'));
  const { flip, crop } = augmentation;
  const loader = createLoader(dataset, { batchSize, imageSize, seed: 0, workers: 1, flip, crop });
  const batches = loader[Symbol.asyncIterator]();
  try {
    // The first batch waits for the worker to start.
    await batches.next();
    const count = Math.floor(dataset.length / batchSize) - 1;
    const seconds = await secondsOf(async () => {
      for (let i = 0; i < count; i++) await batches.next();
    });
    return (count * batchSize) / seconds;
  } finally {
    await loader.close();
  }
}
